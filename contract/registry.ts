/** `harbor`, or any other registry that speaks the OCI distribution API. */
export type RegistryKind = 'harbor' | 'oci'
