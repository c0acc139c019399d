/** `app`: a program did it, the GPU is well. `hw`: the card, its links or its firmware. */
export interface Xid {
  readonly xid: number
  readonly meaning: string
  readonly cause: 'app' | 'hw'
  readonly severity: 'ignore' | 'warn' | 'error'
}

const row = (
  xid: number,
  cause: Xid['cause'],
  severity: Xid['severity'],
  meaning: string,
): Xid => ({ xid, meaning, cause, severity })

/**
 * Events of the kernel log, `NVRM: Xid (PCI:0000:c6:00): 79, pid=…`. Source: NVIDIA's Xid catalogue as gpud uses it, and
 * the list of Azure's node health checks. 154 only says that the recovery advice changed: read `gpu_recovery_action`.
 */
export const xids: readonly Xid[] = [
  row(13, 'app', 'warn', 'graphics engine exception'),
  row(31, 'app', 'warn', 'GPU memory page fault'),
  row(43, 'app', 'ignore', 'GPU stopped processing (one program)'),
  row(45, 'app', 'ignore', 'channels removed because of an earlier error'),
  row(48, 'hw', 'error', 'double-bit ECC error'),
  row(62, 'hw', 'error', 'internal micro-controller halt'),
  row(63, 'hw', 'warn', 'row remapping or page retirement recorded'),
  row(64, 'hw', 'error', 'row remapping or page retirement failed'),
  row(68, 'app', 'warn', 'video decoder exception'),
  row(69, 'app', 'warn', 'graphics engine class error'),
  row(74, 'hw', 'error', 'NVLink error'),
  row(79, 'hw', 'error', 'GPU has fallen off the bus'),
  row(92, 'hw', 'warn', 'many single-bit ECC errors'),
  row(94, 'app', 'warn', 'contained memory error'),
  row(95, 'hw', 'error', 'uncontained memory error'),
  row(109, 'hw', 'error', 'context switch timeout'),
  row(110, 'hw', 'error', 'security fault'),
  row(119, 'hw', 'error', 'GSP did not answer'),
  row(120, 'hw', 'error', 'GSP error'),
  row(121, 'hw', 'warn', 'C2C link error'),
  row(136, 'hw', 'error', 'NVLink training failed'),
  row(140, 'hw', 'error', 'uncorrected ECC error'),
  row(143, 'hw', 'error', 'GPU initialisation error'),
  row(149, 'hw', 'error', 'NVLink 5 error'),
  row(154, 'hw', 'warn', 'driver changed its recovery advice'),
  row(155, 'hw', 'error', 'NVLink error seen by software'),
  row(156, 'hw', 'error', 'resource retirement'),
]
