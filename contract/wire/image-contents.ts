import { z } from 'zod'

/** A label or an instruction may hold a character that Postgres does not store. */
const text = z.string().transform((value) => value.replaceAll('\0', ''))
const words = z
  .array(text)
  .nullish()
  .transform((list) => list ?? null)

/** What Kiln tells of the configuration of an image: how its containers start. */
const runConfig = z.object({
  Env: words,
  Entrypoint: words,
  Cmd: words,
  Labels: z
    .record(text, text)
    .nullish()
    .transform((labels) => labels ?? {}),
  User: text.default(''),
  WorkingDir: text.default(''),
})

const history = z.object({ created_by: text.optional(), empty_layer: z.boolean().default(false) })

/** The configuration of an image as the OCI image specification has it, as far as it is told to people. */
export const imageBlueprint = z
  .object({
    os: text.default(''),
    architecture: text.default(''),
    created: text.optional(),
    config: runConfig.nullish(),
    history: z
      .array(history)
      .nullish()
      .transform((steps) => steps ?? []),
  })
  .transform(({ os, architecture, created, config, history: steps }) => ({
    config: {
      os,
      architecture,
      created: created ?? null,
      env: config?.Env ?? [],
      entrypoint: config?.Entrypoint ?? null,
      cmd: config?.Cmd ?? null,
      labels: config?.Labels ?? {},
      user: config?.User ?? '',
      workdir: config?.WorkingDir ?? '',
    },
    /** The instruction of each layer, in order; what changed the configuration only is not there. */
    instructions: steps
      .filter(({ empty_layer: empty }) => !empty)
      .map(({ created_by: by }) => by ?? null),
  }))
