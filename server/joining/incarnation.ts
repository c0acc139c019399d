const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The start of an agent that a call names, or `undefined` where it names none. */
export function readIncarnation(given: string | undefined): string | undefined {
  return given !== undefined && uuid.test(given) ? given : undefined
}
