import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

describe('TC-02: a custom build succeeds', () => {
  let farm: Farm
  beforeAll(async () => {
    farm = await startFarm()
  })
  afterAll(async () => farm[Symbol.asyncDispose]())

  const build = async (name: string, dockerfile: string, base?: string) => {
    const client = createClient(farm.url)
    const reply = await client.post({ name, dockerfile, ...(base && { base_image: base }) })
    expect(reply.status).toBe(202)
    const answer = (await reply.json()) as { build_id: string; status: string }
    expect(answer).toEqual({
      build_id: expect.stringMatching(/^build-/),
      status: 'building',
      warnings: [],
    })
    const events = await client.follow(answer.build_id)
    return { ...(await client.read(answer.build_id)), events }
  }

  it('builds, verifies, pushes and publishes a Dockerfile with RUN and COPY --from', async () => {
    const dockerfile = [
      `FROM ${farm.baseImage} AS build`,
      'RUN echo "made here" > /greeting && echo seen-in-the-log',
      `FROM ${farm.baseImage}`,
      'COPY --from=build /greeting /greeting',
      'ENV GREETING=/greeting',
    ].join('\n')
    const done = await build('team/hello:1.0', dockerfile)
    expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
    expect(done.verification).toMatchObject({
      verdict: 'not_gpu',
      evidence: 'measured',
      digest: done.digest,
    })
    expect(done.events.map(({ line }) => line.text)).toContain('seen-in-the-log')
    expect(done.stages.map(({ stage }) => stage)).toEqual([
      'validating',
      'resolving',
      'waiting',
      'building',
      'verifying',
      'pushing',
      'publishing',
    ])
    for (const tag of [done.digest ?? '', '1.0', '1.0-v1']) {
      const manifest = await farm.manifest('team/hello', tag)
      expect(manifest.status).toBe(200)
      expect(`sha256:${createHash('sha256').update(manifest.bytes).digest('hex')}`).toBe(
        done.digest,
      )
    }
    const { images } = (await (await fetch(`${farm.url}/api/images?is_official=false`)).json()) as {
      images: { name: string; size: number }[]
    }
    expect(images).toMatchObject([{ name: 'team/hello:1.0', size: done.size, category: 'custom' }])
  })

  it('takes a library image as FROM by the digest that it points at', async () => {
    const base = await build('base-of-mine:1', `FROM ${farm.baseImage}\nRUN echo one > /which\n`)
    const child = await build('child:1', 'FROM base-of-mine:1\nRUN grep one /which\n')
    expect(child).toMatchObject({ status: 'succeeded' })
    expect(child.bases).toEqual([
      { reference: 'base-of-mine:1', pinned: expect.stringContaining(`@${base.digest}`) },
    ])
  })

  it('builds a stage that is called like its base', async () => {
    const base = await build('alike', `FROM ${farm.baseImage}\nRUN echo base > /which\n`)
    const dockerfile = [
      'FROM alike AS alike',
      'RUN grep base /which && echo stage > /which',
      'FROM scratch AS files',
      'COPY --from=alike /which /which',
      'FROM alike',
      'COPY --from=files /which /copied',
      'RUN grep stage /which && grep stage /copied',
    ].join('\n')
    const child = await build('from-alike', dockerfile)
    expect(child).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
    expect(child.bases).toEqual([
      { reference: 'alike', pinned: expect.stringContaining(`@${base.digest}`) },
    ])
  })

  it('starts from base_image when the Dockerfile has no FROM', async () => {
    const done = await build('no-from', 'RUN test -x /bin/busybox\n', farm.baseImage)
    expect(done).toMatchObject({ status: 'succeeded' })
  })

  it('makes a second version under the same name and moves the tag', async () => {
    await build('twice:1', `FROM ${farm.baseImage}\nRUN echo 1 > /n\n`)
    const second = await build('twice:1', `FROM ${farm.baseImage}\nRUN echo 2 > /n\n`)
    expect((await farm.manifest('twice', '1')).digest).toBe(second.digest)
    expect((await farm.manifest('twice', '1-v2')).digest).toBe(second.digest)
    expect((await farm.manifest('twice', '1-v1')).digest).not.toBe(second.digest)
  })

  it('gives the same log whether it is read at once or resumed in the middle', async () => {
    const client = createClient(farm.url)
    const done = await build('loud:1', `FROM ${farm.baseImage}\nRUN seq 1 3000\n`)
    const texts = done.events.map(({ line }) => line.text)
    expect(texts.filter((text) => /^\d+$/.test(text))).toEqual(
      Array.from({ length: 3000 }, (_, index) => String(index + 1)),
    )
    const head = await client.follow(done.id, { enough: 1234 })
    const tail = await client.follow(done.id, { after: head.at(-1)?.id ?? '' })
    expect([...head, ...tail]).toEqual(done.events)
  })

  it('publishes an image that has nothing to run and says that nothing was run', async () => {
    const done = await build(
      'empty:1',
      `FROM ${farm.baseImage} AS a\nFROM scratch\nCOPY --from=a /etc/passwd /\n`,
    )
    expect(done).toMatchObject({ status: 'succeeded', verification: { verdict: 'not_gpu' } })
  })

  it('verifies an image without what its ONBUILD asks of images that start from it', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nONBUILD COPY app /app\nONBUILD RUN exit 1\n`
    expect(await build('triggers:1', dockerfile)).toMatchObject({ status: 'succeeded' })
  })

  it('ignores a foreign # syntax line in favour of the built-in frontend', async () => {
    const done = await build(
      'syntax:1',
      `# syntax=evil.example/frontend:1\nFROM ${farm.baseImage}\nRUN true\n`,
    )
    expect(done).toMatchObject({ status: 'succeeded' })
    expect(done.events[0]?.line.text).toContain('"# syntax=evil.example/frontend:1" is ignored')
  })
})
