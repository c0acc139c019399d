import type { Text } from '../language.ts'

/** What is said of how a build is to be made. */
export const buildOptionTexts = {
  memory: { en: 'memory of each RUN, such as 8GiB', zh: '每个 RUN 的内存，例如 8GiB' },
  cpus: { en: 'cores of each RUN, also parts of one', zh: '每个 RUN 的 CPU 核数，可为小数' },
  shmSize: { en: '/dev/shm of each RUN, such as 1GiB', zh: '每个 RUN 的 /dev/shm，例如 1GiB' },
  nofile: { en: 'open files of a process of RUN', zh: 'RUN 中每个进程可打开的文件数' },
  compression: { en: 'how layers are packed', zh: '层的压缩方式' },
  compressionLevel: {
    en: 'how hard, with --compression',
    zh: '压缩级别，与 --compression 一起使用',
  },
  noRecompress: {
    en: 'leave layers as they are that are packed otherwise, with --compression',
    zh: '保留已用其他方式压缩的层，与 --compression 一起使用',
  },
  cacheImport: {
    en: 'read the cache that the registry has of this image',
    zh: '读取镜像仓库中该镜像的构建缓存',
  },
  cacheExport: {
    en: 'write it after the push: min (what the image is made of) or max (every stage)',
    zh: '推送后写入该缓存：min（镜像所含内容）或 max（所有阶段）',
  },
  reproducible: {
    en: 'make no file newer than a fixed time, so that equal steps make equal bytes',
    zh: '文件时间不晚于固定时间，使相同步骤得到相同内容',
  },
  sourceDateEpoch: {
    en: 'that time, in seconds since 1970, instead of 1980',
    zh: '该固定时间（自 1970 年起的秒数），默认为 1980 年',
  },
  ssh: {
    en: 'a key of the project for RUN --mount=type=ssh: SECRET or ID=SECRET',
    zh: '供 RUN --mount=type=ssh 使用的项目密钥：密文名 或 ID=密文名',
  },
  buildTimeout: { en: 'the most that building may take', zh: '构建阶段的时限（秒）' },
  verifyTimeout: { en: 'the most that the verification may take', zh: '验证阶段的时限（秒）' },
  pushTimeout: { en: 'the most that the push may take', zh: '推送阶段的时限（秒）' },
  silenceTimeout: {
    en: 'for how long a RUN may print nothing',
    zh: 'RUN 无输出的最长时间（秒）',
  },
  pyproject: {
    en: 'a pyproject.toml, with --base',
    zh: 'pyproject.toml 文件，与 --base 一起使用',
  },
  lock: {
    en: 'a uv.lock, poetry.lock or pylock.toml, with --base',
    zh: 'uv.lock、poetry.lock 或 pylock.toml 文件，与 --base 一起使用',
  },
  fromLock: {
    en: 'the packages of a version again, on its base: NAME or NAME@NUMBER',
    zh: '按某个版本的软件包列表在其基础镜像上重新构建：名称 或 名称@版本号',
  },
  fromLockAlone: {
    en: '--from-lock has base and packages of its own: name neither a Dockerfile nor --base, --apt, --pip and the like.',
    zh: '--from-lock 自带基础镜像和软件包：请勿再指定 Dockerfile、--base、--apt、--pip 等选项。',
  },
  badFromLock: {
    en: '--from-lock {text}: expected NAME or NAME@NUMBER',
    zh: '--from-lock {text}：应为 名称 或 名称@版本号',
  },
  noVersion: {
    en: '{name} points at no version: name one as {name}@NUMBER',
    zh: '{name} 没有指向任何版本：请用 {name}@版本号 指定',
  },
  preview: {
    en: 'print the Dockerfile that would be built and what does not fit, and build nothing',
    zh: '输出将要构建的 Dockerfile 和不匹配之处，但不构建',
  },
  needsTag: {
    en: 'Name the image with -t, or look first with --preview.',
    zh: '请用 -t 指定镜像名称，或先用 --preview 预览。',
  },
} as const satisfies Record<string, Text>
