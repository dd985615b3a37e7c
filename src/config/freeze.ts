/** Freezes plain objects and lists all the way down. Instances of classes guard themselves, and buffers cannot be frozen. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  if (value instanceof Map) for (const part of value.values()) deepFreeze(part)
  if (!isPlain) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
