/** `harbor`, or any other registry that speaks the OCI distribution API. */
export type RegistryKind = 'harbor' | 'oci'

/** What a registry was found to do; `null` where nobody could find out. */
export interface RegistryAbilities {
  /** It gives tokens for one repository and a short time, so that no node gets the farm's password. */
  readonly tokenService: boolean | null
  /** It lets the farm delete manifests. */
  readonly deletion: boolean | null
  /** It lists what hangs on an image; where it does not, Kiln keeps the list under a tag. */
  readonly referrers: boolean | null
}
