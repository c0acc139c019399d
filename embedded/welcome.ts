import type { Components } from './farm.ts'

/** What a person needs first: where everything is, and a build to try. */
export function describeFarm(
  components: Components,
  serverUrl: string,
  base: string,
): readonly string[] {
  const { registry, state, temporalUiUrl, temporal, metricsPorts } = components
  const submit = JSON.stringify({
    name: 'hello:1.0',
    base_image: base,
    dockerfile: `FROM ${base} AS build\nRUN echo hello > /greeting\nFROM ${base}\nCOPY --from=build /greeting /greeting\n`,
    description: 'my first image',
  })
  return [
    '',
    `  console      ${serverUrl}/`,
    `  API          ${serverUrl}/api/images`,
    ...(temporalUiUrl
      ? [`  Temporal UI  ${temporalUiUrl}/namespaces/${temporal.namespace}/workflows`]
      : []),
    `  registry     ${registry.url} (user ${registry.username}, password in ${state.dir}/secrets.json)`,
    `  admin token  ${state.adminToken}`,
    `  logs         ${state.logs}`,
    `  metrics      ${Object.entries(metricsPorts)
      .map(([name, port]) => `${name} http://127.0.0.1:${port}/metrics`)
      .join(', ')}`,
    '',
    '  a first build:',
    '',
    `curl -s ${serverUrl}/api/images/build -H 'content-type: application/json' -d '${submit}'`,
    '',
    `  then: curl -sN ${serverUrl}/api/builds/<build_id>/logs`,
    '',
  ]
}
