import { access, writeFile } from 'node:fs/promises'

const partitions = (read: number, write: number) => ({
  'matching.numTaskqueueReadPartitions': [{ value: read }],
  'matching.numTaskqueueWritePartitions': [{ value: write }],
})

/** What a Temporal has that was told nothing. */
const usual = 4

/**
 * Writes the settings that differ from the server's own. One matching process serves every queue here: with more than one
 * partition a task often waits where nobody asks for it, until it is handed on. A server that ran before there were such
 * settings may have left tasks in partitions that nobody would ask any more, so its queues are read whole for one start.
 *
 * @param configFile as an earlier start left it, if there was one.
 */
export async function writeTemporalSettings(
  settingsFile: string,
  configFile: string,
): Promise<void> {
  const isOlder = (await exists(configFile)) && !(await exists(settingsFile))
  const settings = partitions(isOlder ? usual : 1, 1)
  await writeFile(settingsFile, JSON.stringify(settings, null, 2))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
