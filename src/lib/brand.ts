declare const brand: unique symbol

/** A string that only its own parser can make: an AccountId is not any string. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }
