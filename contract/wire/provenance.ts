import { z } from 'zod'

// Source: "SLSA build provenance v1" and the in-toto attestation framework's "Statement v1" and "ResourceDescriptor v1".
const uri = z.string().regex(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, 'expected a URI')
const digestSet = z.record(z.string().min(1), z.string().regex(/^[0-9a-f]+$/))
const annotations = z.record(z.string(), z.unknown())

/** Something that went into a build or came out of it. It must be found by at least one of its fields. */
const resource = z
  .strictObject({
    uri: uri.optional(),
    digest: digestSet.optional(),
    name: z.string().optional(),
    downloadLocation: uri.optional(),
    mediaType: z.string().optional(),
    content: z.base64().optional(),
    annotations: annotations.optional(),
  })
  .refine(
    ({ uri: address, digest, content }) => (address ?? digest ?? content) !== undefined,
    'one of uri, digest and content is needed',
  )

const timestamp = z.iso.datetime()

export const provenance = z.strictObject({
  buildDefinition: z.strictObject({
    buildType: uri,
    externalParameters: annotations,
    internalParameters: annotations.optional(),
    resolvedDependencies: z.array(resource).optional(),
  }),
  runDetails: z.strictObject({
    builder: z.strictObject({
      id: uri,
      builderDependencies: z.array(resource).optional(),
      version: z.record(z.string(), z.string()).optional(),
    }),
    metadata: z
      .strictObject({
        invocationId: z.string().optional(),
        startedOn: timestamp.optional(),
        finishedOn: timestamp.optional(),
      })
      .optional(),
    byproducts: z.array(resource).optional(),
  }),
})

const subject = z.looseObject({
  name: z.string().optional(),
  digest: digestSet.refine((set) => Object.keys(set).length > 0, 'expected a digest'),
})

/** Any in-toto statement; what it says is in `predicate`. */
export const statement = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(subject).min(1),
  predicateType: uri,
  predicate: z.looseObject({}).optional(),
})

export const provenanceStatement = statement.extend({
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: provenance,
})
