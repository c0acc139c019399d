import type { Texts } from '../../language.ts'

export const policies: Texts['policies'] = {
  tab: 'Policies',
  help: 'What an image has to pass before it is published, and what happens after. Admins of the project decide.',
  gpu: 'Verification on a GPU',
  gpuHelp: 'Images for GPUs are verified on a real one. This is what happens when none is free.',
  scan: 'Scan for vulnerabilities',
  scanHelp: 'By the scanner of the registry.',
  asFarm: 'As the farm does',
  gpuModes: {
    require_gpu: 'Publish only what was verified on a GPU',
    wait_then_computed: 'Wait for a GPU, then go by what the files of the image say',
    allow_unverified: 'Publish at once, marked as unverified',
  },
  scanModes: {
    none: 'No scan',
    report: 'Scan and show what is found; publish anyway',
    block: 'Publish nothing with findings this bad',
  },
  severity: 'Keep back from',
  severities: { low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
  ahead: 'Fetch new versions ahead',
  aheadHelp:
    'Nodes with the right GPUs fetch a new version before anybody starts from it, as far as the farm does that.',
  wait: 'Wait at most (minutes)',
  now: (mode) => `In force now: ${mode}`,
  saved: 'The policies were saved',
  nothingScans: 'The registry of this farm is no Harbor: nothing scans there.',
}
