import type { FailureCode } from './failure.ts'

/** The texts of the table of build failures in Chinese. A code without them does not compile. */
export const failuresInChinese: Readonly<
  Record<FailureCode, { readonly message: string; readonly advice: string }>
> = {
  dockerfile_invalid: {
    message: 'Dockerfile 无效',
    advice: '请修正指出的行后重新提交。',
  },
  no_node_for_platform: {
    message: '集群中没有节点能为该平台构建',
    advice: '请选择 /api/nodes 中某个节点的平台，或请管理员添加这样的节点。',
  },
  base_not_found: {
    message: '基础镜像不存在或无权读取',
    advice: '请检查 FROM 后的名称和标签，或使用镜像库中的镜像。',
  },
  base_not_built: {
    message: '基础镜像是镜像库中尚未构建的预置镜像',
    advice: '请先构建该预置镜像：POST /api/images/{id}/builds。',
  },
  base_unavailable: {
    message: '基础镜像所在的仓库没有响应',
    advice: '请使用集群可访问的基础镜像，或请管理员做镜像同步。',
  },
  step_failed: {
    message: '构建步骤出错',
    advice: '请查看该步骤在指出的行处的日志。',
  },
  source_not_found: {
    message: 'Dockerfile 要复制的文件或阶段不存在',
    advice: '请检查指出的行中的路径。',
  },
  checksum_mismatch: {
    message: 'Dockerfile 获取的内容与其校验和不符',
    advice: '请检查指出的行中的 --checksum，以及该地址当前提供的内容。',
  },
  source_denied: {
    message: 'Dockerfile 从构建不允许访问的地址获取内容',
    advice: '请从公共主机名获取，或随构建上下文上传该文件。',
  },
  git_ref_not_found: {
    message: 'git 仓库或其分支、标签、提交不存在或无权读取',
    advice: '请检查地址和 ref。只读取无需密码的仓库。',
  },
  git_unavailable: {
    message: 'git 主机没有响应',
    advice: '请检查该主机是否响应，或将文件作为上下文上传。',
  },
  context_unavailable: {
    message: '无法把构建上下文传到节点',
    advice: '无需处理：集群会重试。如果持续存在，请重新上传上下文。',
  },
  out_of_memory: {
    message: '构建步骤因超出内存限制被终止',
    advice: '请减少该步骤的内存用量，例如减少并行任务。',
  },
  too_many_processes: {
    message: '构建步骤的进程数已达上限，无法再创建进程',
    advice: '请在该步骤中同时启动更少的进程，例如减少并行任务。',
  },
  build_refused: {
    message: 'BuildKit 拒绝了该构建',
    advice: '请阅读消息，其中指出了不允许的指令或选项。',
  },
  verification_failed: {
    message: '镜像已构建但未通过验证，因此未发布',
    advice: '请阅读原因和验证日志。',
  },
  gpu_unavailable: {
    message: '镜像需要 GPU 进行验证，但没有及时空出的 GPU',
    advice: '请稍后重新提交，或为项目选择其他 gpu_policy。',
  },
  gpu_failed: {
    message: '验证镜像时 GPU 或其节点出现故障',
    advice: '无需处理：集群会尝试另一块 GPU。管理员可在 /api/nodes 查看该 GPU。',
  },
  gpu_elsewhere: {
    message: '该节点没有适合此镜像的 GPU，但其他节点有',
    advice: '无需处理：构建会转到那里，本次尝试不计数。',
  },
  evidence_mismatch: {
    message: '验证的内容与节点提交的证据不符',
    advice: '请重新提交，并告知管理员：该节点可能存在问题。',
  },
  evidence_refused: {
    message: '节点的测量结果与服务器已知信息不一致',
    advice: '无需处理：集群会按当前情况重新验证。如果持续存在，请告知管理员。',
  },
  digest_changed: {
    message: '待发布的内容与已验证的内容不同',
    advice: '无需处理：集群会重新构建。如果持续存在，请报告。',
  },
  push_failed: {
    message: '镜像仓库未接收该镜像',
    advice: '请管理员检查镜像仓库及其配额。',
  },
  push_denied: {
    message: '镜像仓库不允许集群在该处写入或读取',
    advice: '请管理员检查集群的权限、配额，以及仓库是否只读。',
  },
  registry_quota: {
    message: '项目的镜像将超出其在镜像仓库中的配额',
    advice: '请删除不再需要的版本（kiln retention 可列出），缩小镜像，或请管理员提高配额。',
  },
  registry_mismatch: {
    message: '镜像仓库提供的清单与推送的不一致',
    advice: '请管理员检查镜像仓库。',
  },
  agent_lost: {
    message: '运行构建的节点失去响应',
    advice: '请重新提交；管理员可在 /api/nodes 查看该节点。',
  },
  agent_stopped: {
    message: '节点已关闭并交还了构建',
    advice: '无需处理：会再次尝试，本次尝试不计数。',
  },
  node_simulated: {
    message: '该节点是模拟节点：接受构建但不执行',
    advice: '请管理员提供非模拟的节点。',
  },
  agent_fenced: {
    message: '节点过久未收到集群的回应，已自行停止构建',
    advice: '无需处理：会再次尝试，本次尝试不计数。',
  },
  builder_lost: {
    message: '节点的构建守护进程在构建期间停止',
    advice: '请重新提交；管理员应检查该节点。',
  },
  disk_full: {
    message: '节点磁盘已满',
    advice: '无需处理：节点会腾出空间，集群会重试。如果持续存在，请询问管理员节点是否有足够空间。',
  },
  environment_changed: {
    message: '环境在保存完成前被停止、重新启动或删除',
    advice: '请重新保存，并在构建通过 building 阶段之前不要操作该环境。',
  },
  environment_unsaveable: {
    message: '环境中写入的内容无法制作成镜像层',
    advice: '请查看原因，在环境中修改所指出的内容后重新保存。',
  },
  terminated: {
    message: '构建的工作流被外部终止',
    advice: '请重新提交；管理员可说明终止原因。',
  },
  stale_attempt: {
    message: '该构建已有更新的尝试',
    advice: '无需处理：以更新的尝试为准。',
  },
  stage_timeout: {
    message: '某个阶段超过了时间限制',
    advice: '请加快该步骤，或申请更长的时限。',
  },
  cancelled: {
    message: '构建已取消',
    advice: '如果仍然需要，请重新提交。',
  },
  internal: {
    message: '集群内部出错',
    advice: '请重新提交；如果持续存在，请把构建 id 告知管理员。',
  },
  packages_no_apt: {
    message: '基础镜像没有 apt：它不是 Debian 或 Ubuntu',
    advice: '请使用 Debian 或 Ubuntu 的基础镜像，或针对该镜像自带的工具编写 Dockerfile。',
  },
  packages_no_python: {
    message: '基础镜像没有可供 pip 安装软件包的 Python',
    advice: '请使用带有 Python 和 pip 的基础镜像，或改用 apt 或 conda 安装。',
  },
  packages_no_pip: {
    message: '基础镜像的 Python 没有 pip',
    advice: '请使用带有 pip 的基础镜像，或用 apt（python3-pip）或 conda（pip）安装它。',
  },
  packages_python_managed: {
    message: '基础镜像的 Python 由其发行版管理，不允许 pip 安装',
    advice:
      '请用 apt 安装（例如 numpy 对应 python3-numpy），或使用自带 Python 的基础镜像：PATH 首位的虚拟环境或 conda。',
  },
  packages_no_conda: {
    message: '基础镜像没有 conda、mamba 或 micromamba',
    advice: '请使用带有其中之一的基础镜像，或改用 pip 安装。',
  },
  packages_held: {
    message: '某个软件包要求的框架版本与基础镜像所围绕的版本不同',
    advice: '请在日志中查看是哪个软件包。请换用其他版本，或在列表中写明所需的框架版本。',
  },
  packages_unreachable: {
    message: '软件源没有响应本集群的构建',
    advice:
      '请在日志中查看是哪个主机，并请管理员提供镜像源，或允许构建访问它（KILN_EGRESS_ALLOW）。',
  },
  scan_findings: {
    message: '镜像仓库的扫描器发现了项目不允许发布的问题',
    advice:
      '请使用更新的软件包或其他基础镜像，或修改项目的 scan_policy。镜像仓库列出了发现的问题。',
  },
  scan_timed_out: {
    message: '镜像仓库的扫描器未及时完成',
    advice: '请稍后重新提交，并请管理员检查扫描器。scan_policy 为 report 时不会阻止发布。',
  },
  scan_failed: {
    message: '无法扫描该镜像',
    advice: '请管理员检查镜像仓库的扫描器。',
  },
}
