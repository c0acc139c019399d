import { expect, it } from 'vitest'
import { createPortAddresses } from './port-address.ts'

const id = `env-${'0'.repeat(26)}`
const addresses = createPortAddresses('http://*.environments.localhost:8080')

it('gives each port a host of its own, and knows it again', () => {
  const { href, host } = addresses.urlOf(id, 8888)
  expect(href).toBe(`http://${id}-8888.environments.localhost:8080/`)
  expect(addresses.isSecure).toBe(false)
  expect(createPortAddresses('https://*.ports.example').isSecure).toBe(true)
  expect(addresses.portOf(host)).toEqual({ environment: id, port: 8888 })
  expect(addresses.portOf(host.toUpperCase())).toEqual({ environment: id, port: 8888 })
})

it.each([
  'environments.localhost:8080',
  'localhost:8080',
  `${id}.environments.localhost:8080`,
  `${id}-8888.environments.localhost`,
  `${id}-8888.environments.localhost:8080.example`,
  `x.${id}-8888.environments.localhost:8080`,
])('takes %s for none', (host) => {
  expect(addresses.portOf(host)).toBeUndefined()
})
