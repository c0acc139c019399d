import { pino } from 'pino'
import { expect, it } from 'vitest'
import { connect } from '../../records/connect.ts'
import { healthRoutes } from './health.ts'
import { createOnError } from '../middleware/on-error.ts'

it('is not ready once it is being stopped, and still answers', async () => {
  const log = pino({ level: 'silent' })
  await using db = connect('postgres://kiln@127.0.0.1:1/kiln')
  const routes = healthRoutes({ db, log }, AbortSignal.abort()).onError(createOnError(log))
  const ready = await routes.request('/readyz')
  expect([ready.status, await ready.json()]).toMatchObject([
    503,
    { detail: 'process: it is being stopped' },
  ])
  expect((await routes.request('/healthz')).status).toBe(200)
})
