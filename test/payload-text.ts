/** A history of Temporal as text. Payloads are bytes; as text they show whatever they hold. */
export function payloadText(history: unknown): string {
  return JSON.stringify(history, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  )
}
