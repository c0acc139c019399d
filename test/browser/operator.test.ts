import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { callsWith, createTenants } from '../access/tenants.ts'
import { fillFarm } from './fill-farm.ts'
import { buildConsole } from './build-console.ts'
import { isTabOutOfSight } from './is-tab-out-of-sight.ts'
import { fillLibrary, scrollLongList } from './journeys/long-list.ts'
import { orderFarDown } from './journeys/long-queue.ts'
import { findBarriers, hasBrowser, type OpenBrowser, openBrowser } from './open-browser.ts'

/** Where pictures of all pages are to be put, for people to look at. */
const shots = process.env['KILN_SHOTS_DIR']

/** Each way of looking once; all of them where somebody wants pictures. */
const looks = [
  { language: 'en', width: 1440, colorScheme: 'light' },
  { language: 'zh-CN', width: 390, colorScheme: 'dark' },
  ...(shots === undefined
    ? []
    : ([
        { language: 'zh-CN', width: 1440, colorScheme: 'dark' },
        { language: 'en', width: 390, colorScheme: 'light' },
      ] as const)),
] as const

describe.skipIf(!hasBrowser)('the console of an operator', { timeout: 480_000 }, () => {
  let server: ServerAlone
  let browser: OpenBrowser
  let pages: readonly (readonly [name: string, path: string])[]
  beforeAll(async () => {
    await buildConsole()
    server = await startServerAlone({
      KILN_REGISTRY_URL: 'http://127.0.0.1:1',
      KILN_SECRETS_KEY: randomBytes(32).toString('base64'),
    })
    const operator = callsWith(server.url)
    await operator('POST', '/api/projects', { name: 'vision' })
    await operator('POST', '/api/users', { name: 'alice@example.com' })
    await operator('POST', '/api/users', { name: 'bob@example.com', operator: true })
    const member = '/api/projects/vision/members/alice@example.com'
    await operator('PUT', member, { role: 'builder' })
    await operator('PATCH', '/api/projects/vision/quotas', { images: 20, registry_bytes: 1e12 })
    const { environment, image, build } = await fillFarm(server.db, Date.now())
    browser = await openBrowser(server.url)
    pages = [
      ['images', '/images'],
      ['custom-images', '/images/custom'],
      ['image', `/images/${image}`],
      ['image-retention', `/images/${image}?tab=retention`],
      ['image-settings', `/images/${image}?tab=settings`],
      ['new-build', '/images/new'],
      ['builds', '/builds'],
      ['build', `/builds/${build}`],
      ['overview', '/overview'],
      ['nodes', '/nodes'],
      ['node', '/nodes/node-gpu-a'],
      ['queue', '/queue'],
      ['environments', '/environments'],
      ['environment', `/environments/${environment}`],
      ['projects', '/projects'],
      ['project', '/projects/vision'],
      ['project-policies', '/projects/vision?tab=policies'],
      ['project-quotas', '/projects/vision?tab=quotas'],
      ['project-webhooks', '/projects/vision?tab=webhooks'],
      ['users', '/users'],
      ['audit', '/audit'],
      ['account', '/account'],
    ]
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const at = (path: string) => new URL(`/console${path}`, server.url).href

  async function openIn(language: 'en' | 'zh-CN', width = 1440): Promise<Page> {
    const page = await browser.open({ viewport: { width, height: 900 } })
    await page.addInitScript(`localStorage.setItem('kiln.language', '${language}')`)
    return page
  }

  it('drains a node with a reason, sees how far it is, and takes it back', async () => {
    const page = await openIn('en')
    await page.goto(at('/nodes'))
    await page.getByRole('button', { name: 'Drain gpu-a' }).click()
    const dialog = page.getByRole('dialog', { name: 'Drain the node gpu-a?' })
    await dialog.getByLabel('Reason').fill('driver upgrade')
    await dialog.getByRole('button', { name: 'Drain', exact: true }).click()
    const row = page.getByRole('row', { name: /gpu-a/ })
    await row.getByText('Nothing runs on it').waitFor()
    await row.getByText('driver upgrade').waitFor()
    const drained = await server.db
      .selectFrom('nodes')
      .select('drained_because')
      .where('id', '=', 'node-gpu-a')
      .executeTakeFirstOrThrow()
    expect(drained.drained_because).toBe('driver upgrade')
    await page.getByRole('button', { name: 'Resume gpu-a' }).click()
    await row.getByText('Ready').waitFor()
  })

  it('cordons a node from its own page, and says why another is shut out', async () => {
    const page = await openIn('en')
    await page.goto(at('/nodes'))
    const shutOut = page.getByRole('row', { name: /cpu-d/ })
    await shutOut.getByText('Shut out', { exact: true }).waitFor()
    await shutOut.getByText('stop the copy and delete its state directory').waitFor()
    await page.getByRole('link', { name: 'gpu-b' }).click()
    await page.getByText(/^Heard from/).waitFor()
    await page.getByRole('button', { name: 'Actions: gpu-b' }).click()
    await page.getByRole('menuitem', { name: 'Cordon' }).click()
    const dialog = page.getByRole('dialog', { name: 'Cordon the node gpu-b?' })
    await dialog.getByLabel('Reason').fill('a fan makes noise')
    await dialog.getByRole('button', { name: 'Cordon', exact: true }).click()
    await page.getByText('a fan makes noise').waitFor()
    expect(page.url()).toContain('/nodes/node-gpu-b')
    await page.getByRole('button', { name: 'Actions: gpu-b' }).click()
    await page.getByRole('menuitem', { name: 'Uncordon' }).click()
    await page.getByText('Ready', { exact: true }).waitFor()
  })

  it('makes a join token, and shows the command for the machine', async () => {
    const page = await openIn('zh-CN')
    await page.goto(at('/nodes'))
    await page.getByRole('button', { name: '添加节点' }).click()
    await page.getByRole('button', { name: '生成加入令牌' }).click()
    const command = page.getByLabel('在新机器上')
    await command.waitFor()
    expect(await command.textContent()).toMatch(/KILN_JOIN_TOKEN=kiln_join_[0-9a-f]{56}/)
  })

  it('pauses the queue with a reason, and counts before it cancels', async () => {
    const page = await openIn('en')
    await page.goto(at('/queue'))
    await page.getByRole('button', { name: 'Pause the queue' }).click()
    const pause = page.getByRole('dialog', { name: 'Pause the whole queue?' })
    await pause.getByLabel('Reason').fill('the registry moves')
    await pause.getByRole('button', { name: 'Pause the queue' }).click()
    await page.getByText('the registry moves').first().waitFor()
    await page.getByRole('button', { name: 'Cancel many' }).click()
    const many = page.getByRole('dialog', { name: 'Cancel builds that wait' })
    await many.getByLabel('Image').fill('image')
    await many.getByRole('button', { name: 'Count them' }).click()
    await many.getByText('5 waiting builds will be cancelled').waitFor()
    await many.getByLabel('User').fill('Not A User')
    await many.getByRole('button', { name: 'Count them' }).click()
    await many.getByRole('alert').getByText('expected up to 64').waitFor()
    await many.getByLabel('User').fill('alice@example.com')
    await many.getByRole('button', { name: 'Count them' }).click()
    await many.getByText('No build meets these conditions').waitFor()
    await many.getByLabel('User').fill('bob@example.com')
    await many.getByRole('button', { name: 'Count them' }).click()
    await many.getByRole('button', { name: 'Cancel 2 builds' }).click()
    await many.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Resume the queue' }).click()
    await page.getByRole('button', { name: 'Pause the queue' }).waitFor()
    const { body } = await callsWith(server.url)('GET', '/api/queue')
    expect(body).toMatchObject({ paused: null, builds: [{}, {}, {}] })
  })

  it('sets the policies of a project, and has an address told of what changes in it', async () => {
    const page = await openIn('zh-CN')
    await page.goto(at('/projects/vision'))
    await page.getByRole('tab', { name: '发布策略' }).click()
    await page.getByRole('combobox', { name: 'GPU 验证' }).press('Enter')
    await page.getByRole('option', { name: '必须在 GPU 上验证，否则不发布' }).click()
    await page.getByRole('switch', { name: '预先拉取新版本' }).press('Space')
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('策略已保存').waitFor()
    const { body: project } = await callsWith(server.url)('GET', '/api/projects/vision')
    expect(project).toMatchObject({
      gpu_policy: { mode: 'require_gpu', wait_seconds: 600 },
      scan_policy: null,
      pull_ahead: false,
    })
    expect(await findBarriers(page)).toEqual([])

    await page.getByRole('tab', { name: 'Webhook' }).click()
    await page.getByRole('button', { name: '添加 webhook' }).click()
    const dialog = page.getByRole('dialog', { name: '添加 webhook' })
    await dialog.getByLabel('地址').fill('https://ci.example.com/kiln')
    await dialog.getByRole('button', { name: '添加 webhook' }).click()
    const secret = page.getByLabel('签名密钥', { exact: true })
    await secret.getByText(/^whsec_/).waitFor()
    await page.getByRole('button', { name: '关闭', exact: true }).click()
    const row = page.getByRole('row', { name: /ci\.example\.com.*全部事件.*启用/ })
    await row.getByRole('button', { name: '发送测试' }).click()
    await page.getByRole('row', { name: /webhook\.test/ }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await row.getByRole('button', { name: '删除' }).click()
    const question = page.getByRole('dialog', { name: '删除这个 webhook？' })
    await question.getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有 webhook').waitFor()
    await page.context().close()
  })

  it('gives a member of a project a weight in the queue', async () => {
    const page = await openIn('zh-CN')
    await page.goto(at('/projects/vision'))
    const weight = page.getByRole('spinbutton', { name: 'alice@example.com 的队列权重' })
    await weight.fill('4')
    await weight.press('Enter')
    await page.getByText('alice@example.com 的权重已保存').waitFor()
    const { body: share } = await callsWith(server.url)('GET', '/api/projects/vision/queue')
    expect(share).toMatchObject({ user_weights: [{ user: 'alice@example.com', weight: 4 }] })
    await page.getByRole('tab', { name: '队列份额' }).click()
    await page.getByText('alice@example.com 4', { exact: true }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.context().close()
  })

  it('shares an image with another project', async () => {
    const page = await openIn('en')
    const [, path] = pages.find(([name]) => name === 'image-settings') ?? ['', '']
    await page.goto(at(path))
    await page.getByRole('combobox', { name: 'Shared with' }).fill('vision')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
    const id = /\d+/.exec(path)?.[0]
    const { body } = await callsWith(server.url)('GET', `/api/images/${id}`)
    expect(body).toMatchObject({ shared_with: ['vision'] })
    await page.context().close()
  })

  it('builds an official image from its own page', async () => {
    const { body } = await callsWith(server.url)('GET', '/api/images?is_official=true&limit=1')
    const [image] = (body as { images: readonly { readonly id: number }[] }).images
    const { body: told } = await callsWith(server.url)('GET', `/api/images/${image?.id}?lang=zh`)
    expect(told).toMatchObject({ available: false, note: expect.stringMatching(/^尚未构建/) })
    const page = await openIn('zh-CN')
    await page.goto(at(`/images/${image?.id}`))
    await page.getByText('本集群尚未构建此镜像').waitFor()
    await page.getByRole('button', { name: '构建此镜像' }).click()
    await page.waitForURL(/\/builds\/build-/)
    await page.context().close()
  })

  it('presets the project in which somebody may build', async () => {
    const page = await openIn('zh-CN')
    const { token } = await createTenants(server).token({ user: 'alice@example.com' })
    const reply = await page.request.post(new URL('/api/session', server.url).href, {
      data: { token },
    })
    expect(reply.status()).toBe(201)
    await page.goto(at('/images/new'))
    const field = page.locator('.form-field', { hasText: '项目' }).first()
    await field.getByText('vision', { exact: true }).waitFor()
    await field.getByRole('combobox').press('Enter')
    await page.getByRole('option', { name: 'vision' }).waitFor()
    expect(await page.getByRole('option').count()).toBe(1)
    await page.context().close()
  })

  it('says that the code of a page did not come, keeps the page before, and loads it anew', async () => {
    const page = await openIn('zh-CN')
    await page.goto(at('/queue'))
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.route(/assets\/Nodes-.*\.js/, async (asked) => asked.abort())
    const navigation = page.getByRole('navigation').first()
    await navigation.getByRole('link', { name: '节点' }).click()
    const alert = page.getByRole('alert').filter({ hasText: '页面没有加载成功' })
    await alert.waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/queue')
    expect(await findBarriers(page)).toEqual([])
    await page.unroute(/assets\/Nodes-.*\.js/)
    await alert.getByRole('button', { name: '重新加载' }).click()
    await page.getByRole('row', { name: /gpu-a/ }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/nodes')
    await page.context().close()
  })

  it('says that the server is away and what is shown may be old, until it is back', async () => {
    const page = await openIn('en')
    await page.goto(at('/queue'))
    const rows = page.getByRole('table', { name: 'Queue' }).getByRole('row')
    await rows.nth(1).waitFor()
    const before = await rows.count()
    await page.context().setOffline(true)
    const note = page.getByText(/^No connection to the server since .*Trying again/)
    await note.waitFor()
    await page.getByText(/^This is from before/).waitFor()
    expect(await rows.count()).toBe(before)
    expect(await findBarriers(page)).toEqual([])
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'offline-1440.png') })
    await page.setViewportSize({ width: 390, height: 844 })
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'offline-390.png') })
    await page.context().setOffline(false)
    await note.waitFor({ state: 'hidden' })
    await page.getByText(/^This is from before/).waitFor({ state: 'hidden' })
    await page.context().close()
  })

  it('says why a log cannot be read, and follows it when it is asked to again', async () => {
    const page = await openIn('en')
    const logs = /\/api\/builds\/[^/]+\/logs/
    const gone = { title: 'The log is gone', status: 410, code: 'log_dropped' }
    await page.route(logs, async (asked) =>
      asked.fulfill({
        ...gone,
        contentType: 'application/problem+json',
        body: JSON.stringify(gone),
      }),
    )
    await page.goto(at(pages.find(([name]) => name === 'build')?.[1] ?? ''))
    const told = page.getByRole('alert').filter({ hasText: 'The log is gone' })
    await told.waitFor()
    expect(await page.getByText('There is no log.').count()).toBe(0)
    expect(await findBarriers(page)).toEqual([])
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'log-refused-1440.png') })
    await page.unroute(logs)
    await page.locator('.log-pane').getByRole('button', { name: 'Try again' }).click()
    await told.waitFor({ state: 'hidden' })
    await page.context().close()
  })

  it('finds the audit log whole, and what was done in it', async () => {
    const page = await openIn('zh-CN')
    await page.goto(at('/audit'))
    await page.getByText('project.create').first().waitFor()
    await page.getByRole('button', { name: '校验链' }).click()
    await page.getByText(/链完整：\d+ 条/).waitFor()
    await page.getByLabel('操作，例如 build.cancel').fill('user.create')
    await page.keyboard.press('Enter')
    await page.getByText('project.create').waitFor({ state: 'detached' })
    await page.getByText('user.create').nth(1).waitFor()
    expect(await page.getByText('user.create').count()).toBe(2)
  })

  it.each(looks)('has no barriers on any page, $language $width $colorScheme', async (look) => {
    const { language, width, colorScheme } = look
    const found: string[] = []
    const page = await openIn(language, width)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [name, path] of pages) {
      await page.goto(at(path))
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
      found.push(...(await findBarriers(page)).map((one) => `${name}: ${one}`))
      const tooWide = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      if (await isTabOutOfSight(page)) found.push(`${name}: the open tab is out of sight`)
      if (tooWide > 0) found.push(`${name}: ${tooWide} pixels too wide`)
      if (shots === undefined) continue
      await mkdir(shots, { recursive: true })
      const file = `${name}-${width}-${colorScheme}-${language}.png`
      await page.screenshot({ path: join(shots, file), fullPage: true })
    }
    await page.context().close()
    expect(found).toEqual([])
  })

  it('gives an order far down a queue that moves meanwhile', async () => {
    const page = await openIn('en')
    expect(await orderFarDown(page, server.db, at('/queue'))).toBe(true)
    await page.context().close()
  })

  it('scrolls through a library of 100,000 images', async () => {
    await fillLibrary(server.db)
    const page = await openIn('en')
    expect(await scrollLongList(page, server.db, at('/images/custom'))).toBeLessThan(800)
    await page.context().close()
  })
})
