import type { Need } from '#contract/access.ts'

/** What a route asks of who calls it: `anybody` no token, `signed in` a good one, `other` something that is no token of the API. */
export type Guard = Need | 'operate' | 'anybody' | 'signed in' | 'other'

/** What a path names by its first parameter. */
export type Owned = 'image' | 'build' | 'environment' | 'project' | 'token' | 'session'

export interface Rule {
  readonly guard: Guard
  /** What is named, where it belongs to somebody. */
  readonly owned?: Owned
  readonly query?: string
  readonly body?: object
  /** The status for who may. */
  readonly done: number
}

const image = '/api/images/:id{[0-9]+}'
const version = `${image}/versions/:version{[0-9]+}`
const project = '/api/projects/:project'
const attempt = '/agent/builds/:build/attempts/:attempt{[0-9]+}'
const node = '/agent/nodes/:id'
const start = '/agent/environments/:environment/starts/:start{[0-9]+}'

const ofImages: Readonly<Record<string, Rule>> = {
  'GET /api/images': { guard: 'signed in', done: 200 },
  [`GET ${image}`]: { guard: 'read', owned: 'image', done: 200 },
  [`PATCH ${image}`]: {
    guard: 'build',
    owned: 'image',
    body: { description: 'changed' },
    done: 200,
  },
  [`DELETE ${image}`]: { guard: 'admin', owned: 'image', done: 202 },
  // Nothing is deleted that could be restored.
  [`POST ${image}/restore`]: { guard: 'admin', owned: 'image', done: 404 },
  [`GET ${image}/compatibility`]: { guard: 'read', owned: 'image', done: 200 },
  // It is no official image.
  [`POST ${image}/builds`]: { guard: 'build', owned: 'image', done: 404 },
  [`GET ${image}/versions`]: { guard: 'read', owned: 'image', done: 200 },
  [`GET ${version}`]: { guard: 'read', owned: 'image', done: 200 },
  // Nobody has read its packages.
  [`GET ${version}/lock`]: { guard: 'read', owned: 'image', done: 409 },
  [`PATCH ${version}`]: { guard: 'build', owned: 'image', body: { pinned: false }, done: 200 },
  [`DELETE ${version}`]: { guard: 'admin', owned: 'image', done: 202 },
  [`POST ${version}/restore`]: { guard: 'admin', owned: 'image', done: 404 },
  [`GET ${version}/:kind{signature|provenance|sbom}`]: {
    guard: 'read',
    owned: 'image',
    done: 200,
  },
  [`GET ${image}/versions/:from{[0-9]+}/diff/:to{[0-9]+}`]: {
    guard: 'read',
    owned: 'image',
    done: 200,
  },
  [`GET ${image}/moves`]: { guard: 'read', owned: 'image', done: 200 },
  [`GET ${image}/moves/:move{[0-9]+}`]: { guard: 'read', owned: 'image', done: 200 },
  [`POST ${image}/rollback`]: {
    guard: 'build',
    owned: 'image',
    body: { version: 1 },
    done: 202,
  },
  [`GET ${image}/retention`]: { guard: 'read', owned: 'image', done: 200 },
  [`POST ${image}/retention`]: {
    guard: 'admin',
    owned: 'image',
    body: { keep: 10, days: 30, versions: [] },
    done: 202,
  },
}

const ofBuilds: Readonly<Record<string, Rule>> = {
  'GET /api/builds': { guard: 'signed in', done: 200 },
  'GET /api/builds/:id': { guard: 'read', owned: 'build', done: 200 },
  'GET /api/builds/:id/steps': { guard: 'read', owned: 'build', done: 200 },
  'GET /api/builds/:id/logs': { guard: 'read', owned: 'build', done: 200 },
  'GET /api/builds/:id/logs/download': { guard: 'read', owned: 'build', done: 200 },
  'GET /api/builds/:id/logs/search': { guard: 'read', owned: 'build', query: 'q=x', done: 200 },
  // It has ended.
  'POST /api/builds/:id/cancel': { guard: 'build', owned: 'build', done: 409 },
}

const environment = '/api/environments/:id'

const ofEnvironments: Readonly<Record<string, Rule>> = {
  'GET /api/environments': { guard: 'signed in', done: 200 },
  // The image is not built.
  'POST /api/environments': {
    guard: 'build',
    owned: 'project',
    body: { project: ':project', image: ':name' },
    done: 404,
  },
  [`GET ${environment}`]: { guard: 'read', owned: 'environment', done: 200 },
  [`GET ${environment}/events`]: { guard: 'read', owned: 'environment', done: 200 },
  // It has ended, and has never been on a node.
  [`GET ${environment}/logs`]: { guard: 'read', owned: 'environment', done: 404 },
  [`GET ${environment}/exec`]: { guard: 'build', owned: 'environment', done: 400 },
  // It has never been on a node.
  [`POST ${environment}/save-preview`]: {
    guard: 'build',
    owned: 'environment',
    body: {},
    done: 409,
  },
  [`POST ${environment}/recipe`]: {
    guard: 'build',
    owned: 'environment',
    body: {},
    done: 409,
  },
  [`POST ${environment}/save`]: {
    guard: 'build',
    owned: 'environment',
    body: { name: 'saved' },
    done: 409,
  },
  // It has no ports.
  [`POST ${environment}/ports/:port{[0-9]+}/ticket`]: {
    guard: 'build',
    owned: 'environment',
    done: 404,
  },
  [`POST ${environment}/stop`]: { guard: 'build', owned: 'environment', done: 409 },
  [`POST ${environment}/start`]: { guard: 'build', owned: 'environment', done: 202 },
  [`DELETE ${environment}`]: { guard: 'build', owned: 'environment', done: 204 },
}

const ofProjects: Readonly<Record<string, Rule>> = {
  'GET /api/projects': { guard: 'signed in', done: 200 },
  'POST /api/projects': { guard: 'operate', body: { name: 'team-a' }, done: 409 },
  [`GET ${project}`]: { guard: 'read', owned: 'project', done: 200 },
  [`PATCH ${project}`]: {
    guard: 'admin',
    owned: 'project',
    body: { gpu_policy: null },
    done: 200,
  },
  [`GET ${project}/retention`]: { guard: 'read', owned: 'project', done: 200 },
  [`GET ${project}/secrets`]: { guard: 'build', owned: 'project', done: 200 },
  [`PUT ${project}/secrets/:name`]: {
    guard: 'admin',
    owned: 'project',
    body: { value: 'x' },
    done: 200,
  },
  [`DELETE ${project}/secrets/:name`]: { guard: 'admin', owned: 'project', done: 204 },
  [`GET ${project}/quotas`]: { guard: 'read', owned: 'project', done: 200 },
  [`PATCH ${project}/quotas`]: {
    guard: 'operate',
    owned: 'project',
    body: { images: null },
    done: 200,
  },
  [`GET ${project}/queue`]: { guard: 'read', owned: 'project', done: 200 },
  [`PATCH ${project}/queue`]: {
    guard: 'operate',
    owned: 'project',
    body: { weight: 1 },
    done: 200,
  },
  [`GET ${project}/members`]: { guard: 'read', owned: 'project', done: 200 },
  [`PUT ${project}/members/:user`]: {
    guard: 'admin',
    owned: 'project',
    body: { role: 'viewer' },
    done: 200,
  },
  [`DELETE ${project}/members/:user`]: { guard: 'admin', owned: 'project', done: 204 },
}

const webhook = `${project}/webhooks/:webhook`

const ofWebhooks: Readonly<Record<string, Rule>> = {
  [`GET ${project}/webhooks`]: { guard: 'admin', owned: 'project', done: 200 },
  [`POST ${project}/webhooks`]: {
    guard: 'admin',
    owned: 'project',
    body: { url: 'https://hooks.example.com/kiln' },
    done: 201,
  },
  [`GET ${webhook}`]: { guard: 'admin', owned: 'project', done: 200 },
  [`PATCH ${webhook}`]: {
    guard: 'admin',
    owned: 'project',
    body: { description: 'changed' },
    done: 200,
  },
  [`POST ${webhook}/rotate`]: { guard: 'admin', owned: 'project', done: 200 },
  [`POST ${webhook}/test`]: { guard: 'admin', owned: 'project', done: 202 },
  [`GET ${webhook}/deliveries`]: { guard: 'admin', owned: 'project', done: 200 },
  // It has not ended.
  [`POST ${webhook}/deliveries/:delivery{[0-9]+}/replay`]: {
    guard: 'admin',
    owned: 'project',
    done: 404,
  },
  [`DELETE ${webhook}`]: { guard: 'admin', owned: 'project', done: 204 },
}

const ofTheFarm: Readonly<Record<string, Rule>> = {
  'GET /': { guard: 'anybody', done: 302 },
  'GET /console/*': { guard: 'anybody', done: 200 },
  'GET /healthz': { guard: 'anybody', done: 200 },
  'GET /readyz': { guard: 'anybody', done: 200 },
  'GET /api/openapi.json': { guard: 'anybody', done: 200 },
  'GET /api/docs': { guard: 'anybody', done: 200 },
  // There is no such file.
  'GET /api/docs/:file': { guard: 'anybody', done: 404 },
  'GET /api/me': { guard: 'signed in', done: 200 },
  'GET /api/registry': { guard: 'signed in', done: 200 },
  'GET /api/farm': { guard: 'signed in', done: 200 },
  'GET /api/overview': { guard: 'signed in', done: 200 },
  'GET /api/signing-keys': { guard: 'signed in', done: 200 },
  'GET /api/volumes': { guard: 'signed in', done: 200 },
  'GET /api/nodes': { guard: 'signed in', done: 200 },
  'GET /api/nodes/:id': { guard: 'signed in', done: 200 },
  'GET /api/nodes/:id/images': { guard: 'signed in', done: 200 },
  'GET /api/nodes/:id/changes': { guard: 'signed in', done: 200 },
  // It has no GPU.
  'GET /api/nodes/:id/upgrade': { guard: 'operate', query: 'driver=580.65.06', done: 409 },
  'POST /api/nodes/:id/drain': { guard: 'operate', body: {}, done: 200 },
  'POST /api/nodes/:id/resume': { guard: 'operate', done: 200 },
  'POST /api/nodes/:id/cordon': { guard: 'operate', body: {}, done: 200 },
  'POST /api/nodes/:id/uncordon': { guard: 'operate', done: 200 },
  // It builds something.
  'DELETE /api/nodes/:id': { guard: 'operate', done: 409 },
  'POST /api/nodes/tokens': { guard: 'operate', body: {}, done: 201 },
  // It never joined.
  'POST /api/nodes/:id/revoke': { guard: 'operate', done: 404 },
  'GET /api/audit': { guard: 'operate', done: 200 },
  'GET /api/audit/export': { guard: 'operate', done: 200 },
  'GET /api/audit/check': { guard: 'operate', done: 200 },
  'GET /api/queue': { guard: 'signed in', done: 200 },
  'GET /api/events': { guard: 'signed in', query: 'seconds=1', done: 200 },
  'PATCH /api/queue': { guard: 'operate', body: { max_running: null }, done: 200 },
  'GET /api/users': { guard: 'operate', done: 200 },
  'POST /api/users': { guard: 'operate', body: { name: 'team-a-viewer' }, done: 409 },
  'PATCH /api/users/:user': { guard: 'operate', body: { disabled: false }, done: 200 },
  'GET /api/tokens': { guard: 'signed in', done: 200 },
  'POST /api/tokens': { guard: 'signed in', body: { name: 'x', scopes: ['admin'] }, done: 201 },
  'DELETE /api/tokens/:id': { guard: 'signed in', owned: 'token', done: 204 },
  'GET /api/session': { guard: 'anybody', done: 200 },
  'POST /api/session': { guard: 'anybody', body: { token: 'no token' }, done: 401 },
  'DELETE /api/session': { guard: 'anybody', done: 204 },
  // To where the console says that there is no identity provider.
  'GET /api/session/oidc': { guard: 'anybody', done: 302 },
  'GET /api/session/oidc/callback': { guard: 'anybody', done: 302 },
  'GET /api/sessions': { guard: 'signed in', done: 200 },
  'DELETE /api/sessions/:id': { guard: 'signed in', owned: 'session', done: 204 },
  // It is asked for in the query; the body is no tar.
  'POST /api/contexts': { guard: 'build', owned: 'project', query: 'project=:project', done: 415 },
  'GET /api/contexts/:digest': {
    guard: 'read',
    owned: 'project',
    query: 'project=:project',
    done: 200,
  },
  'POST /api/images/preview': {
    guard: 'build',
    owned: 'project',
    body: { project: ':project', dockerfile: 'FROM scratch\nCOPY a /\n' },
    done: 200,
  },
  // What is refused is told of each build.
  'POST /api/images/build/batch': { guard: 'signed in', body: { builds: [{}] }, done: 202 },
  'POST /api/images/build': {
    guard: 'build',
    owned: 'project',
    body: { project: ':project', name: ':name', dockerfile: 'FROM scratch\nCOPY a /\n' },
    done: 202,
  },
}

/** Where a token of the API is nothing. */
const ofOthers = [
  'POST /api/webhooks/harbor',
  'POST /agent/nodes',
  `POST ${node}/leave`,
  `POST ${node}/heartbeat`,
  `POST ${node}/credential`,
  `POST ${node}/contest`,
  `POST ${node}/gpus/:uuid/clean`,
  `POST ${node}/environments`,
  `POST ${node}/images/:digest/registry-login`,
  `POST ${start}/begin`,
  `POST ${start}/state`,
  `POST ${start}/registry-login`,
  `POST ${attempt}/stages/:stage`,
  `GET ${attempt}/contexts/:digest`,
  `POST ${attempt}/logs`,
  `POST ${attempt}/steps`,
  `POST ${attempt}/gpu`,
  `DELETE ${attempt}/gpu`,
  `GET ${attempt}/computed`,
  `PUT ${attempt}/facts`,
  `PUT ${attempt}/evidence`,
  `POST ${attempt}/registry-login`,
  `POST ${attempt}/push`,
  `POST ${attempt}/save-size`,
]

const ofQueue: Readonly<Record<string, Rule>> = {
  'GET /api/queue': { guard: 'signed in', done: 200 },
  'PATCH /api/queue': { guard: 'operate', body: { max_running: null }, done: 200 },
  'POST /api/queue/pause': { guard: 'operate', body: {}, done: 200 },
  'POST /api/queue/resume': { guard: 'operate', done: 200 },
  'POST /api/queue/cancel': {
    guard: 'operate',
    body: { filter: { waited_seconds: 86_400 } },
    done: 200,
  },
  // It does not wait.
  'PATCH /api/builds/:id': { guard: 'operate', owned: 'build', body: { raised: 1 }, done: 409 },
  [`PATCH ${project}/queue/users/:user`]: {
    guard: 'admin',
    owned: 'project',
    body: { weight: 1 },
    done: 200,
  },
  [`POST ${project}/queue/pause`]: { guard: 'operate', owned: 'project', body: {}, done: 200 },
  [`POST ${project}/queue/resume`]: { guard: 'operate', owned: 'project', done: 200 },
  [`GET ${project}/queue`]: { guard: 'read', owned: 'project', done: 200 },
  [`PATCH ${project}/queue`]: {
    guard: 'operate',
    owned: 'project',
    body: { weight: 1 },
    done: 200,
  },
}

/**
 * Every route of the server with what it asks of its caller. A route that is not here fails the test, so that none comes
 * to be without somebody having said who may call it.
 */
export const routeTable: ReadonlyMap<string, Rule> = new Map([
  ...Object.entries({
    ...ofImages,
    ...ofBuilds,
    ...ofEnvironments,
    ...ofProjects,
    ...ofWebhooks,
    ...ofQueue,
    ...ofTheFarm,
  }),
  // Without what is asked for in its body.
  ['POST /agent/join', { guard: 'other', body: {}, done: 400 }],
  ...ofOthers.map((route): [string, Rule] => [route, { guard: 'other', done: 401 }]),
])
