import type { Texts } from '../../language.ts'

export const retention: Texts['retention'] = {
  tab: 'Uses and retention',
  help: 'What uses each version, and which of them a rule would let go. Nothing is deleted by looking.',
  keep: 'Newest versions to keep',
  days: 'Days to keep any',
  version: 'Version',
  size: 'Size',
  fate: 'Outcome',
  why: 'Why',
  goes: 'Would go',
  stays: 'Stays',
  causes: {
    newest: 'one of the newest',
    young: 'young enough',
    old: 'old, and not one of the newest',
  },
  uses: {
    current: 'the name points at it',
    pinned: 'pinned',
    move: 'the name is about to move to it',
    build: 'in use by a build',
    environment: 'in use by an environment',
  },
  hiddenBuild: 'a build of another project',
  sum: (versions, size) =>
    `${versions === 1 ? '1 version' : `${versions} versions`} would go, ${size} with the layers that others share`,
  nothing: 'No version would go by this rule.',
  newer: (count) => `${count} newer versions are not listed. All of them stay.`,
  run: 'Delete these versions',
  runTitle: (versions) => (versions === 1 ? 'Delete 1 version?' : `Delete ${versions} versions?`),
  runText:
    'They are deleted from the registry in 10 minutes; until then each can be taken back in the list of versions. Their numbers are not used again.',
  done: (versions) =>
    versions === 1 ? '1 version is being deleted' : `${versions} versions are being deleted`,
}
