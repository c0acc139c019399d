import type { Migration } from 'kysely/migration'
import * as images from './0001-images.ts'
import * as builds from './0002-builds.ts'
import * as nodes from './0003-nodes.ts'
import * as versions from './0004-versions.ts'
import * as outboxAudit from './0005-outbox-audit.ts'
import * as presets from './0006-presets.ts'
import * as buildOptions from './0007-build-options.ts'
import * as contexts from './0008-contexts.ts'
import * as logs from './0009-logs.ts'
import * as imageFacts from './0010-image-facts.ts'
import * as secrets from './0011-secrets.ts'
import * as waitingReason from './0012-waiting-reason.ts'
import * as projectContexts from './0013-project-contexts.ts'
import * as buildSources from './0014-build-sources.ts'
import * as steps from './0015-steps.ts'
import * as gpuGate from './0016-gpu-gate.ts'
import * as gpuQueue from './0017-gpu-queue.ts'
import * as moves from './0018-moves.ts'
import * as nodeChanges from './0019-node-changes.ts'
import * as stepsOmitted from './0020-steps-omitted.ts'
import * as diskLow from './0021-disk-low.ts'
import * as gpuWaited from './0022-gpu-waited.ts'
import * as registry from './0025-registry.ts'
import * as attestations from './0026-attestations.ts'
import * as versionUpkeep from './0027-version-upkeep.ts'
import * as imageShares from './0028-image-shares.ts'
import * as nodeCredentials from './0032-node-credentials.ts'
import * as drainedNodes from './0033-drained-nodes.ts'
import * as setAside from './0034-set-aside.ts'
import * as packagesReadBy from './0035-packages-read-by.ts'
import * as noRegistryHints from './0036-no-registry-hints.ts'
import * as scans from './0037-scans.ts'
import * as rebuilds from './0038-rebuilds.ts'
import * as pushes from './0039-pushes.ts'
import * as access from './0045-access.ts'
import * as environments from './0040-environments.ts'
import * as environmentGpus from './0041-environment-gpus.ts'
import * as requestRole from './0046-request-role.ts'
import * as quotas from './0047-quotas.ts'
import * as auditChain from './0048-audit-chain.ts'
import * as fairQueue from './0050-fair-queue.ts'
import * as buildPackages from './0055-build-packages.ts'
import * as startPredictions from './0051-start-predictions.ts'
import * as queueOrders from './0052-queue-orders.ts'
import * as pushBytes from './0080-push-bytes.ts'
import * as sessions from './0090-sessions.ts'
import * as buildSaves from './0091-build-saves.ts'
import * as placementReason from './0092-placement-reason.ts'
import * as dropWaitingReason from './0093-drop-waiting-reason.ts'
import * as webhooks from './0100-webhooks.ts'
import * as saveSizes from './0210-save-sizes.ts'
import * as environmentDisk from './0211-environment-disk.ts'
import * as imagesAhead from './0212-images-ahead.ts'
import * as environmentUsage from './0103-environment-usage.ts'
import * as repeatKeys from './0111-repeat-keys.ts'
import * as nodeIncarnations from './0112-node-incarnations.ts'
import * as removedNodes from './0113-removed-nodes.ts'
import * as joinedBuilds from './0114-joined-builds.ts'
import * as webhookIndex from './0190-webhook-index.ts'
import * as farmClock from './0220-farm-clock.ts'
import * as environmentVolumes from './0221-environment-volumes.ts'
import * as queueUsers from './0222-queue-users.ts'
import * as sealedFarmKeys from './0223-sealed-farm-keys.ts'
import * as batchRepeats from './0224-batch-repeats.ts'
import * as handedBack from './0225-handed-back.ts'
import * as userWeights from './0226-user-weights.ts'
import * as manyAtOnce from './0240-many-at-once.ts'
import * as waitingReasonZh from './0260-waiting-reason-zh.ts'
import * as nodeVersions from './0261-node-versions.ts'
import * as checkedAtOnce from './0271-checked-at-once.ts'
import * as volumeBytes from './0281-volume-bytes.ts'
import * as pullAhead from './0282-pull-ahead.ts'
import * as environmentQuotas from './0283-environment-quotas.ts'
import * as heardAt from './0290-heard-at.ts'
import * as environmentUsers from './0291-environment-users.ts'
import * as buildVisibility from './0292-build-visibility.ts'

/** Every migration in order. A list, not a directory scan, so that a bundle and the compiler see all of them. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-images': images,
  '0002-builds': builds,
  '0003-nodes': nodes,
  '0004-versions': versions,
  '0005-outbox-audit': outboxAudit,
  '0006-presets': presets,
  '0007-build-options': buildOptions,
  '0008-contexts': contexts,
  '0009-logs': logs,
  '0010-image-facts': imageFacts,
  '0011-secrets': secrets,
  '0012-waiting-reason': waitingReason,
  '0013-project-contexts': projectContexts,
  '0014-build-sources': buildSources,
  '0015-steps': steps,
  '0016-gpu-gate': gpuGate,
  '0017-gpu-queue': gpuQueue,
  '0018-moves': moves,
  '0019-node-changes': nodeChanges,
  '0020-steps-omitted': stepsOmitted,
  '0021-disk-low': diskLow,
  '0022-gpu-waited': gpuWaited,
  '0025-registry': registry,
  '0026-attestations': attestations,
  '0027-version-upkeep': versionUpkeep,
  '0028-image-shares': imageShares,
  '0032-node-credentials': nodeCredentials,
  '0033-drained-nodes': drainedNodes,
  '0034-set-aside': setAside,
  '0035-packages-read-by': packagesReadBy,
  '0036-no-registry-hints': noRegistryHints,
  '0037-scans': scans,
  '0038-rebuilds': rebuilds,
  '0039-pushes': pushes,
  '0045-access': access,
  '0040-environments': environments,
  '0041-environment-gpus': environmentGpus,
  '0046-request-role': requestRole,
  '0047-quotas': quotas,
  '0048-audit-chain': auditChain,
  '0050-fair-queue': fairQueue,
  '0055-build-packages': buildPackages,
  '0051-start-predictions': startPredictions,
  '0052-queue-orders': queueOrders,
  '0080-push-bytes': pushBytes,
  '0090-sessions': sessions,
  '0091-build-saves': buildSaves,
  '0092-placement-reason': placementReason,
  '0093-drop-waiting-reason': dropWaitingReason,
  '0100-webhooks': webhooks,
  '0210-save-sizes': saveSizes,
  '0211-environment-disk': environmentDisk,
  '0212-images-ahead': imagesAhead,
  '0103-environment-usage': environmentUsage,
  '0111-repeat-keys': repeatKeys,
  '0112-node-incarnations': nodeIncarnations,
  '0113-removed-nodes': removedNodes,
  '0114-joined-builds': joinedBuilds,
  '0190-webhook-index': webhookIndex,
  '0220-farm-clock': farmClock,
  '0221-environment-volumes': environmentVolumes,
  '0222-queue-users': queueUsers,
  '0223-sealed-farm-keys': sealedFarmKeys,
  '0224-batch-repeats': batchRepeats,
  '0225-handed-back': handedBack,
  '0226-user-weights': userWeights,
  '0240-many-at-once': manyAtOnce,
  '0260-waiting-reason-zh': waitingReasonZh,
  '0261-node-versions': nodeVersions,
  '0271-checked-at-once': checkedAtOnce,
  '0281-volume-bytes': volumeBytes,
  '0282-pull-ahead': pullAhead,
  '0283-environment-quotas': environmentQuotas,
  '0290-heard-at': heardAt,
  '0291-environment-users': environmentUsers,
  '0292-build-visibility': buildVisibility,
}
