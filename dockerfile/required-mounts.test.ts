import { expect, it } from 'vitest'
import { readRequiredMounts } from './required-mounts.ts'

const platforms = { target: 'linux/amd64', build: 'linux/amd64' }
const read = (text: string, args: Record<string, string> = {}, target?: string) =>
  readRequiredMounts(text, { args, target, platforms })

it('finds what a RUN cannot do without, by its id and its line', () => {
  const text = [
    'FROM a',
    'RUN --mount=type=secret,id=token,required cat /run/secrets/token',
    'RUN --mount=type=cache,target=/c \\',
    '  --mount=type=secret,target=/root/.npmrc,required=true npm ci',
    'RUN --mount=type=ssh,required=1 git fetch',
    'RUN --mount=type=ssh,id=deploy,required git fetch',
  ].join('\n')
  expect(read(text)).toEqual([
    { type: 'secret', id: 'token', line: 2 },
    { type: 'secret', id: '.npmrc', line: 3 },
    { type: 'ssh', id: 'default', line: 5 },
    { type: 'ssh', id: 'deploy', line: 6 },
  ])
})

it.each([
  'RUN --mount=type=secret,id=optional true',
  'RUN --mount=type=secret,id=optional,required=false true',
  'RUN --mount=type=ssh true',
  'RUN --mount=type=secret,id=$NAME,required true',
  'RUN echo --mount=type=secret,id=x,required',
  'ONBUILD RUN --mount=type=secret,id=x,required true',
])('leaves %s alone', (line) => expect(read(`FROM a\n${line}\n`)).toEqual([]))

it('looks at the stages that the target needs only', () => {
  const needs = (id: string) => `RUN --mount=type=secret,id=${id},required true`
  const text = [
    'ARG KIND=slim',
    'FROM a AS Tools',
    needs('tools'),
    'FROM a AS base-slim',
    needs('slim'),
    'FROM a AS base-full',
    needs('full'),
    'FROM base-${KIND} AS app',
    'COPY --from=tools /t /t',
    needs('app'),
    'FROM a AS dev',
    needs('dev'),
    'FROM app',
    'RUN --mount=type=bind,from=0,target=/t true',
  ].join('\n')
  const ids = (args: Record<string, string>, target?: string) =>
    read(text, args, target).map(({ id }) => id)
  expect(ids({})).toEqual(['tools', 'slim', 'app'])
  expect(ids({ KIND: 'full' })).toEqual(['tools', 'full', 'app'])
  expect(ids({}, 'DEV')).toEqual(['dev'])
})
