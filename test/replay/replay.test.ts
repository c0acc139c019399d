import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'
import { describe, expect, it } from 'vitest'
import { parseHistory } from '../../tools/history.ts'

const names = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.json'))

describe('a workflow that is running continues under today’s code', () => {
  it('has a history for each way a build may end, and of an environment', () => {
    expect(names.toSorted()).toEqual([
      'agent-lost.json',
      'agent-stopped.json',
      'cancelled.json',
      'environment-not-started.json',
      'environment-program-failed.json',
      'environment-stopped.json',
      'failed-at-once.json',
      'failed.json',
      'gpu-elsewhere.json',
      'gpu-failed.json',
      'succeeded.json',
      'timed-out-in-stage.json',
      'timed-out-in-total.json',
    ])
  })

  it.each(names)('replays %s', async (name) => {
    const saved = await readFile(new URL(name, import.meta.url), 'utf8')
    const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url))
    await expect(
      Worker.runReplayHistory({ workflowsPath }, parseHistory(saved)),
    ).resolves.toBeUndefined()
  })
})
