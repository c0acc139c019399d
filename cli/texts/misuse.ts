import type { Text } from '../language.ts'

/** What is wrong with an option or with a folder that is to be sent. */
export const misuse = {
  assignment: {
    en: '{option} {text}: expected NAME=VALUE',
    zh: '{option} {text}：应为 NAME=VALUE',
  },
  secret: {
    en: '--secret {text}: expected id=ID,src=FILE or id=ID,env=NAME or id=ID,secret=NAME of the project',
    zh: '--secret {text}：应为 id=ID,src=文件、id=ID,env=变量 或 id=ID,secret=项目密文名',
  },
  key: {
    en: '--ssh {text}: expected SECRET or ID=SECRET',
    zh: '--ssh {text}：应为 密文名 或 ID=密文名',
  },
  namedContext: {
    en: '--build-context {text}: expected NAME=PLACE',
    zh: '--build-context {text}：应为 NAME=位置',
  },
  emptySecret: {
    en: '--secret id={id}: {what} is not set or empty',
    zh: '--secret id={id}：{what} 未设置或为空',
  },
  longSecret: {
    en: '--secret id={id}: {what} is longer than {max} bytes',
    zh: '--secret id={id}：{what} 超过 {max} 字节',
  },
  quota: {
    en: '{text}: expected a whole number, a size such as 500GiB for bytes, or none',
    zh: '{text}：应为整数，字节数可写作 500GiB，或 none',
  },
  noFolder: { en: '{path}: the context must be a folder', zh: '{path}：上下文必须是目录' },
  notTaken: {
    en: '{path}: only files, folders and links are taken: name it in .dockerignore',
    zh: '{path}：只接受文件、目录和链接：请在 .dockerignore 中排除',
  },
  badEntry: { en: '{path}: {problem}', zh: '{path}：{problem}' },
  shorter: {
    en: '{path}: the file became shorter while it was read',
    zh: '{path}：读取时文件变短',
  },
  largeIgnoreFile: { en: '{path}: it is larger than {max} bytes', zh: '{path}：超过 {max} 字节' },
} as const satisfies Record<string, Text>
