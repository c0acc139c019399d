import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/**
 * Trusts the certificates that the authority in a PEM file has signed, besides those that are trusted anyway, for all that
 * this thread opens from now on. @throws an error when the file cannot be read or holds no certificate.
 */
export function trustAuthority(file: string | undefined): void {
  if (file === undefined) return
  const pem = readFileSync(file, 'utf8')
  if (!pem.includes('BEGIN CERTIFICATE')) throw new Error(`${file} holds no certificate in PEM`)
  setDefaultCACertificates([...getCACertificates('default'), pem])
}
