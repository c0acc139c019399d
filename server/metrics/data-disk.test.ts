import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Gauge, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { addDataDisk } from './data-disk.ts'

const read = (text: string, state: string) =>
  Number(new RegExp(`^kiln_server_disk_bytes\\{state="${state}"\\} (\\S+)$`, 'm').exec(text)?.[1])

it('shows the disk of the folder, and what is free of it', async () => {
  const registry = new Registry()
  addDataDisk(registry, tmpdir())
  const text = await registry.metrics()
  expect(read(text, 'free')).toBeGreaterThan(0)
  expect(read(text, 'all')).toBeGreaterThanOrEqual(read(text, 'free'))
})

it('is absent, and leaves the others be, where there is no such folder', async () => {
  const registry = new Registry()
  addDataDisk(registry, join(tmpdir(), 'kiln-no-such-folder'))
  new Gauge({ name: 'other', help: 'another one', registers: [registry] }).set(1)
  const text = await registry.metrics()
  expect(text).toContain('other 1')
  expect(text).not.toMatch(/^kiln_server_disk_bytes/m)
})
