import { z } from 'zod'

/** Largest value of a secret, in bytes. */
export const maxSecretBytes = 64 * 1024

export const secretName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'expected at most 128 letters, digits, ".", "_" and "-", beginning with a letter or a digit',
  )

/** The most characters that 64 KiB can take in JSON: six for each byte. */
export const maxPutSecretBytes = 6 * maxSecretBytes + 1024

/** A value as it is given to the store; no answer ever holds one. An empty one is most often a variable that was not set. */
export const putSecret = z
  .strictObject({
    value: z.string().min(1, 'is empty'),
    encoding: z.enum(['utf-8', 'base64']).default('utf-8'),
  })
  .transform(({ value, encoding }, context) => {
    const bytes = encoding === 'utf-8' ? new TextEncoder().encode(value) : fromBase64(value)
    const message =
      bytes === undefined
        ? 'is not base64'
        : bytes.length > maxSecretBytes
          ? `is longer than ${maxSecretBytes} bytes`
          : undefined
    if (bytes !== undefined && message === undefined) return bytes
    context.addIssue({ code: 'custom', path: ['value'], message: message ?? '' })
    return z.NEVER
  })

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return undefined
  return Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0)
}
