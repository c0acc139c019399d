import { type Kysely, sql } from 'kysely'

const gib = 1024 ** 3

const presets = [
  ['ubuntu20-pytorch', '2.0', 'pytorch', 'Ubuntu 20.04 + PyTorch 2.0, CUDA 11.8', 8],
  ['ubuntu20-tensorflow', '2.12', 'tensorflow', 'Ubuntu 20.04 + TensorFlow 2.12, CUDA 11.8', 7],
  ['ubuntu22-cuda', '12.0', 'cuda', 'Ubuntu 22.04, CUDA 12.0', 5],
  ['ubuntu20-jupyter', 'latest', 'jupyter', 'Ubuntu 20.04 + JupyterLab, CUDA 11.8', 6],
] as const

/** The four official images. Their sizes are nominal until Kiln has built and pushed them. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const [repository, tag, category, description, size] of presets) {
    await sql`
      insert into images (name, description, category, repository, tag, size, is_official, visibility, project_id)
      select ${`${repository}:${tag}`}, ${description}, ${category}, ${repository}, ${tag}, ${size * gib}::bigint, true, 'public', id
      from projects where name = 'default'`.execute(db)
  }
}
