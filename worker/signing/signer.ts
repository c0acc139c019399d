/** Whoever holds the private key: a file here, and what a KMS or a PKCS#11 token would be. */
export interface Signer {
  /** SHA-256 of the public key in DER, in hex. */
  readonly keyId: string
  /** PEM. */
  readonly publicKey: string
  /** @returns an ECDSA signature over the SHA-256 of `data`, in DER. */
  sign(data: Uint8Array): Promise<Buffer>
}
