import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const ignored = ['node_modules/**', '.kiln/**']

/** Those that fill a disk or start a second farm of their own. */
const alone = ['test/disk/**', 'test/embedded/**']

/** Those that take minutes: begun last, one of them would be waited for alone. */
const longest = [
  'conformance/conformance',
  'packages/packages',
  'faults/push',
  'test/killed-processes',
  'gpu/gate',
  'browser/operator',
  'browser/console',
  'partition/partition',
  'environments/life',
  'buildkit/file-sync',
]

const placeOf = ({ moduleId }: TestSpecification) => {
  const at = longest.findIndex((name) => moduleId.endsWith(`${name}.test.ts`))
  return at === -1 ? longest.length : at
}

/** The longest first, then as Vitest has it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- of a sequencer, not of an array
    const usual = await super.sort(files)
    return usual.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
    reporters: ['default'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...ignored, 'test/**'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'farms',
          include: ['test/**/*.test.ts'],
          exclude: [...ignored, ...alone],
          // A farm waits most of its time, so there are more of them than processors.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone.map((folder) => `${folder}/*.test.ts`),
          exclude: ignored,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
