/** The gates, in the order in which they are asked. The order is part of the contract (docs/gates.md). */
export const gateNames = [
  'from-route-network',
  'origin-allowed',
  'within-address-budget',
  'signed-in',
  'first-factor-done',
  'sso-respected',
  'password-current',
  'sign-in-confirmed',
  'second-factor-done',
  'account-open',
  'from-organization-network',
  'on-allowed-device',
  'proved-recently',
  'role-allowed',
  'within-account-budget',
  'within-organization-budget',
  'within-route-budget',
  'may-act',
] as const
export type GateName = (typeof gateNames)[number]
