import { z } from 'zod'
import type { Statement } from '#contract/attestation.ts'

const bundle = z.looseObject({ dsseEnvelope: z.looseObject({ payload: z.string() }) })
/** A signature is kept in two forms; the other documents are bundles. */
const document = z.union([bundle, z.looseObject({ bundle }).transform((both) => both.bundle)])

/** Whether a document that was signed is, byte for byte, about this statement. Pure. */
export function says(signed: object, statement: Statement): boolean {
  const { data } = document.safeParse(signed)
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  return data?.dsseEnvelope.payload === payload
}
