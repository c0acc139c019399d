import { generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** What is wrong with an ID token. */
export type Fault = 'audience' | 'expired' | 'issuer' | 'nonce' | 'signature'

interface Issuing {
  readonly issuer: string
  readonly clientId: string
  readonly fault: Fault | undefined
}

interface Granted {
  readonly nonce: string
  readonly claims: JWTPayload
}

/** Signs ID tokens, as they should be or with one fault. */
export async function createIssueToken() {
  const [good, other] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const issueToken = async ({ issuer, clientId, fault }: Issuing, { nonce, claims }: Granted) =>
    new SignJWT({ sub: claims.sub ?? '', nonce: fault === 'nonce' ? 'another' : nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'good' })
      .setIssuer(fault === 'issuer' ? 'https://elsewhere.example' : issuer)
      .setAudience(fault === 'audience' ? 'another' : clientId)
      .setIssuedAt()
      .setExpirationTime(fault === 'expired' ? new Date(0) : '5m')
      .sign(fault === 'signature' ? other.privateKey : good.privateKey)
  return { issueToken, publicKey: good.publicKey }
}
