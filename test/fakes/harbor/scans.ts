import { failure, json, notFound, readBody, type Call, type Reply, type Route } from './reply.ts'
import type { Artifact, HarborState } from './state.ts'
import { findArtifact, locate } from './place.ts'
import { refuse } from './who.ts'

const reportType = 'application/vnd.security.vulnerability.report; version=1.1'
const at = String.raw`^/projects/([^/]+)/repositories/([^/]+)/artifacts/([^/]+)`

/** Scans (5). */
export function scanRoutes(state: HarborState): readonly Route[] {
  const route = (
    method: string,
    tail: string,
    [resource, action]: readonly [string, string],
    answer: (artifact: Artifact, call: Call) => Reply,
  ): Route => ({
    method,
    pattern: new RegExp(`${at}${tail}$`),
    answer: (call, [project = '', name = '', reference = '']) => {
      const place = locate(state, project, name)
      const owner = place?.project.name ?? project
      const refused = refuse(state, call, { project: owner, resource, action })
      if (refused !== undefined) return refused
      const artifact = place && findArtifact(place, reference)
      return artifact === undefined ? notFound(`artifact ${reference}`) : answer(artifact, call)
    },
  })
  return [
    route('POST', '/scan', ['scan', 'create'], (artifact, call) =>
      startScan(state, artifact, call),
    ),
    route('POST', '/scan/stop', ['scan', 'stop'], (artifact) => {
      if (artifact.scan !== undefined) artifact.scan.status = 'Stopped'
      return { status: 202 }
    }),
    route('GET', '/additions/vulnerabilities', ['artifact-addition', 'read'], ({ scan }) =>
      scan?.status === 'Success'
        ? json({
            [reportType]: {
              generated_at: new Date().toISOString(),
              vulnerabilities: scan.findings,
            },
          })
        : notFound('report'),
    ),
  ]
}

function startScan(state: HarborState, artifact: Artifact, call: Call): Reply {
  const kind = readBody(call)['scan_type'] ?? 'vulnerability'
  if (kind !== 'vulnerability' && kind !== 'sbom')
    return failure(422, 'BAD_REQUEST', 'scan_type in body should be one of [vulnerability sbom]')
  if (state.scanner === 'absent') return failure(412, 'PRECONDITION', 'no available scanner')
  if (artifact.scan?.status === 'Pending' || artifact.scan?.status === 'Running') {
    return failure(409, 'CONFLICT', 'a previous scan process is running')
  }
  artifact.scan = { status: 'Pending', report: `report-${artifact.id}`, findings: state.findings }
  if (state.scanner === 'hangs') return { status: 202 }
  const ends = state.scanner === 'works' ? 'Success' : 'Error'
  const { scan } = artifact
  setTimeout(() => (scan.status = scan.status === 'Stopped' ? 'Stopped' : ends), 50).unref()
  return { status: 202 }
}

export function describeScan({ scan }: Artifact) {
  if (scan === undefined) return {}
  const counts: Record<string, number> = {}
  for (const { severity } of scan.findings) counts[severity] = (counts[severity] ?? 0) + 1
  const fixable = scan.findings.filter(({ fix_version: fix }) => fix !== '').length
  const summary = { total: scan.findings.length, fixable, summary: counts }
  const ended = scan.status === 'Success'
  return {
    scan_overview: {
      [reportType]: {
        report_id: scan.report,
        scan_status: scan.status,
        ...(ended && { severity: 'High', summary }),
      },
    },
  }
}
