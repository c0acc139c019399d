import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsWith } from '../access/tenants.ts'
import { type OidcProvider, startOidcProvider } from '../fakes/oidc/oidc-provider.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { buildConsole } from './build-console.ts'
import { findBarriers, hasBrowser, type OpenBrowser, openBrowser } from './open-browser.ts'

const publicUrl = 'http://kiln.test'
const farmToken = 'the-token-of-the-whole-farm'

describe.skipIf(!hasBrowser)('signing in with a browser', () => {
  let provider: OidcProvider
  let server: ServerAlone
  let browser: OpenBrowser
  beforeAll(async () => {
    await buildConsole()
    provider = await startOidcProvider()
    server = await startServerAlone({
      KILN_REGISTRY_URL: 'http://127.0.0.1:1',
      KILN_API_TOKEN: farmToken,
      KILN_PUBLIC_URL: publicUrl,
      KILN_OIDC_ISSUER: provider.issuer,
      KILN_OIDC_CLIENT_ID: provider.clientId,
      KILN_OIDC_CLIENT_SECRET: provider.clientSecret,
      KILN_OIDC_LABEL: 'Example',
      KILN_OIDC_ALLOWED_DOMAINS: 'example.com',
      KILN_OIDC_GROUP_ROLES: '{"vision-team": {"vision": "builder"}}',
    })
    await callsWith(server.url, farmToken)('POST', '/api/projects', { name: 'vision' })
    browser = await openBrowser(server.url, new URL(provider.issuer))
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })

  const alice = {
    sub: '7',
    email: 'alice@example.com',
    email_verified: true,
    groups: ['vision-team'],
  }

  it('goes to the identity provider and back to the page that was wanted, and out again', async () => {
    provider.person = alice
    const page = await browser.open()
    await page.goto(`${publicUrl}/console/projects`)
    await page.getByRole('link', { name: '使用 Example 登录' }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('link', { name: '使用 Example 登录' }).click()
    await page.getByRole('heading', { level: 1, name: '项目' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/projects')
    await page
      .getByRole('row', { name: /vision/ })
      .getByText('构建者')
      .waitFor()
    await page.getByRole('link', { name: 'alice@example.com' }).click()
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.getByRole('heading', { name: '登录 Kiln' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '登录 Kiln' }).waitFor()
  })

  it('says why somebody was not let in, in their language', async () => {
    provider.person = { ...alice, sub: '8', email: 'eve@elsewhere.example' }
    const page = await browser.open()
    await page.addInitScript(`localStorage.setItem('kiln.language', 'en')`)
    await page.goto(`${publicUrl}/console/`)
    await page.getByRole('link', { name: 'Sign in with Example' }).click()
    await page.getByText('in no domain that may sign in here').waitFor()
    await page.getByRole('heading', { name: 'Sign in to Kiln' }).waitFor()
    expect(new URL(page.url()).search).toBe('?refused=domain')
  })

  it('makes a token that is shown once, and signs in with it', async () => {
    provider.person = alice
    const page = await browser.open()
    await page.addInitScript(`localStorage.setItem('kiln.language', 'en')`)
    await page.goto(`${publicUrl}/console/account`)
    await page.getByRole('link', { name: 'Sign in with Example' }).click()
    await page.getByRole('button', { name: 'New token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What it is for').fill('laptop')
    await dialog.getByRole('button', { name: 'Make it' }).click()
    const shown = dialog.getByLabel('The token was made')
    await shown.waitFor()
    const token = (await shown.textContent()) ?? ''
    expect(token).toMatch(/^kiln_api_[0-9a-f]{56}$/)
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await page.getByRole('row', { name: /laptop/ }).waitFor()
    await page.reload()
    await page.getByRole('row', { name: /laptop/ }).waitFor()
    expect(await page.content()).not.toContain(token)

    const other = await browser.open()
    await other.addInitScript(`localStorage.setItem('kiln.language', 'en')`)
    await other.goto(`${publicUrl}/console/account`)
    await other.getByLabel('Access token').fill('kiln_api_mistyped')
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    await other.getByText('The token is not valid').waitFor()
    await other.getByLabel('Access token').fill(token)
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    await other.getByRole('row', { name: /laptop/ }).waitFor()
  })
})
