import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

const needed = {
  KILN_DATABASE_URL: 'postgres://kiln@127.0.0.1/kiln',
  KILN_TEMPORAL_ADDRESS: '127.0.0.1:7233',
  KILN_REGISTRY_URL: 'http://127.0.0.1:5055',
  KILN_DATA_DIR: '/var/lib/kiln',
}

it('takes no address of ports of environments from a file that only has room for one', () => {
  const read = (url: string) =>
    readConfig({ ...needed, KILN_ENVIRONMENTS_URL: url }).config.environmentsUrl
  expect(read('')).toBeUndefined()
  expect(read('https://*.environments.example')).toBe('https://*.environments.example')
  expect(() => read('https://environments.example')).toThrow('KILN_ENVIRONMENTS_URL')
})
