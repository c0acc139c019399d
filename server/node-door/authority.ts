// oxlint-disable-next-line import/no-unassigned-import -- what makes certificates wants it, and wants it first
import 'reflect-metadata'
import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate with its key, both in PEM. */
export interface Certified {
  readonly certificate: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 24 * 60 * 60_000
const authorityDays = 3650
/** It is made anew each day: the rest is for agents whose clocks are wrong. */
const certificateDays = 30

/** An authority that nobody knows yet, for the farm's own nodes. */
export async function makeAuthority(now: number): Promise<Certified> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await X509CertificateGenerator.createSelfSigned({
    ...validity(now, authorityDays),
    name: 'CN=Kiln nodes',
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return { certificate: made.toString('pem'), key: await writeKey(keys.privateKey) }
}

/** A certificate for a server that is reached by these names and addresses; the authority's follows it. */
export async function issueCertificate(
  { certificate, key }: Certified,
  names: readonly string[],
  now: number,
): Promise<Certified> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await X509CertificateGenerator.create({
    ...validity(now, certificateDays),
    subject: 'CN=Kiln server',
    issuer: 'CN=Kiln nodes',
    publicKey: keys.publicKey,
    signingKey: await readKey(key),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    ],
  })
  return {
    certificate: `${made.toString('pem')}\n${certificate}`,
    key: await writeKey(keys.privateKey),
  }
}

/** As a token for joining names it. @param certificate in PEM. */
export function hashAuthority(certificate: string): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
}

/** From a day ago, since the clock of an agent may be behind. */
function validity(now: number, days: number) {
  return {
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + days * dayMs),
  }
}

async function writeKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n')
}

async function readKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
}
