export const common = {
  loading: '正在加载…',
  retry: '重试',
  cancel: '取消',
  close: '关闭',
  save: '保存',
  delete: '删除',
  undo: '撤销',
  copy: '复制',
  actions: '操作',
  copied: '已复制',
  search: '搜索',
  more: '加载更多',
  all: '全部',
  none: '无',
  line: (line: number) => `第 ${line} 行`,
  notFound: '页面不存在',
  notFoundHelp: '地址有误，或该页面已被移除。',
  home: '返回镜像管理',
}

export const durations = {
  seconds: (seconds: string) => `${seconds} 秒`,
  minutes: (minutes: number, seconds: string) => `${minutes} 分 ${seconds} 秒`,
  hours: (hours: number, minutes: string) => `${hours} 小时 ${minutes} 分`,
}

export const errors = {
  stale: '刷新失败，显示的是之前的内容',
  internal: '控制台发生错误',
  unreachable: '服务器没有响应',
  notKiln: '响应的不是本控制台所认识的 Kiln 服务器',
}
