import { Hono } from 'hono'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import type { RouteDeps, ServerDeps } from './deps.ts'
import { accessLog } from './middleware/access-log.ts'
import { countInFlight } from './middleware/in-flight.ts'
import { createOnError, notFound } from './middleware/on-error.ts'
import { limitRate } from './middleware/limit-rate.ts'
import { timeRequests } from './middleware/time-requests.ts'
import { requireNode } from './middleware/node.ts'
import { requireCaller } from './middleware/caller.ts'
import { refuseNulInAddress } from './middleware/unstorable.ts'
import { servePorts } from './ports/serve-ports.ts'
import { agentRoutes } from './routes/agent.ts'
import { auditRoutes } from './routes/audit.ts'
import { attestationRoutes } from './routes/attestations.ts'
import { buildLogRoutes } from './routes/build-logs.ts'
import { buildRoutes } from './routes/builds.ts'
import { contextRoutes } from './routes/contexts.ts'
import { descriptionRoutes } from './routes/description.ts'
import { deletionRoutes } from './routes/deletions.ts'
import { environmentLeadRoutes, environmentPortRoutes } from './routes/environment-leads.ts'
import { environmentRoutes } from './routes/environments.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { imageRoutes } from './routes/images.ts'
import { moveRoutes } from './routes/moves.ts'
import { meRoutes } from './routes/me.ts'
import { memberRoutes } from './routes/members.ts'
import { joinRoutes, nodeAdminRoutes } from './routes/joining.ts'
import { nodeRoutes } from './routes/nodes.ts'
import { overviewRoutes } from './routes/overview.ts'
import { projectRoutes } from './routes/projects.ts'
import { projectQueueRoutes, queueRoutes } from './routes/queue.ts'
import { farmRoutes } from './routes/farm.ts'
import { registryRoutes } from './routes/registry.ts'
import { quotaRoutes } from './routes/quotas.ts'
import { projectRetentionRoutes, retentionRoutes } from './routes/retention.ts'
import { secretRoutes } from './routes/secrets.ts'
import { sessionListRoutes } from './routes/sessions.ts'
import { sessionRoutes } from './routes/session.ts'
import { signingKeyRoutes } from './routes/signing-keys.ts'
import { submissionRoutes } from './routes/submissions.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { userRoutes } from './routes/users.ts'
import { volumeRoutes } from './routes/volumes.ts'
import { projectWebhookRoutes } from './routes/project-webhooks.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { consoleRoutes } from './static.ts'
import { versionRoutes } from './routes/versions.ts'

/** What agents ask, and nothing else: it is served where people do not come. */
export function createAgentApp(deps: ServerDeps) {
  return new Hono()
    .onError(createOnError(deps.log))
    .notFound(notFound)
    .use(secureHeaders())
    .use(accessLog(deps.log, deps.now))
    .use(refuseNulInAddress)
    .route('/agent', joinRoutes(deps))
    .use('/agent/*', requireNode(deps))
    .route('/agent', agentRoutes(deps))
}

/** @param stopping aborts when the server is about to end. */
export function createApp(deps: ServerDeps, stopping: AbortSignal) {
  const app: Hono = new Hono()
  const terms = { ...deps, token: deps.tokens.api }
  return app
    .onError(createOnError(deps.log))
    .notFound(notFound)
    .use(secureHeaders())
    .use(countInFlight(deps.inFlight))
    .use(requestId())
    .use(accessLog(deps.log, deps.now))
    .use(timeRequests(deps.metrics))
    .use(refuseNulInAddress, servePorts(deps))
    .route('/api/webhooks', webhookRoutes(deps))
    .route(
      '/api',
      descriptionRoutes(() => app.routes),
    )
    .route('/api/session', sessionRoutes(terms))
    .use('/api/*', requireCaller(terms))
    .use('/api/*', limitRate(deps.takeTurn, 'requests'))
    .on(
      'POST',
      ['/api/images/build', '/api/images/build/batch', '/api/environments'],
      limitRate(deps.takeTurn, 'submits'),
    )
    .on('POST', '/api/images/:id{[0-9]+}/builds', limitRate(deps.takeTurn, 'submits'))
    .on('POST', '/api/contexts', limitRate(deps.takeTurn, 'uploads'))
    .route('/agent', joinRoutes(deps))
    .use('/agent/*', requireNode(deps))
    .route('/', healthRoutes(deps, stopping))
    .route('/', consoleRoutes(deps))
    .route('/api/images', submissionRoutes(deps))
    .route('/api/images', imageRoutes())
    .route('/api/images', versionRoutes())
    .route('/api/images', moveRoutes())
    .route('/api/images', attestationRoutes())
    .route('/api/images', deletionRoutes(deps))
    .route('/api/images', retentionRoutes(deps))
    .route('/api/builds', buildRoutes(deps))
    .route('/api/builds', buildLogRoutes(deps))
    .route('/api/contexts', contextRoutes(deps))
    .route('/api', containerRoutes(deps))
    .use('/environments/*', requireCaller(terms))
    .route('/environments', environmentPortRoutes(deps))
    .route('/api/nodes', nodeAdminRoutes(deps))
    .route('/api/nodes', nodeRoutes())
    .route('/api/projects', projectRoutes(deps))
    .route('/api/projects', projectRetentionRoutes(deps))
    .route('/api/projects', secretRoutes(deps))
    .route('/api', peopleRoutes(deps))
    .route('/api', wholeRoutes(deps))
    .route('/api/events', eventRoutes(deps))
    .route('/api/projects', projectQueueRoutes())
    .route('/api/queue', queueRoutes())
    .route('/agent', agentRoutes(deps))
}

/** The farm as a whole. */
function wholeRoutes(deps: RouteDeps) {
  return new Hono()
    .route('/farm', farmRoutes(deps))
    .route('/registry', registryRoutes(deps))
    .route('/overview', overviewRoutes(deps))
    .route('/audit', auditRoutes(deps))
    .route('/signing-keys', signingKeyRoutes())
}

/** Containers that people start, and what they can have in them. */
function containerRoutes(deps: RouteDeps) {
  return new Hono()
    .route('/environments', environmentRoutes(deps))
    .route('/environments', environmentLeadRoutes(deps))
    .route('/volumes', volumeRoutes())
}

/** Who may do what, and how much of it. */
function peopleRoutes(deps: RouteDeps) {
  return new Hono()
    .route('/projects', memberRoutes())
    .route('/me', meRoutes())
    .route('/tokens', tokenRoutes(deps))
    .route('/sessions', sessionListRoutes())
    .route('/users', userRoutes())
    .route('/projects', quotaRoutes())
    .route('/projects', projectWebhookRoutes(deps))
}
