{{/* The labels of a part: dict "root" $ "part" "server". */}}
{{- define "kiln.selector" -}}
app.kubernetes.io/name: kiln
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "kiln.labels" -}}
{{ include "kiln.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "kiln.name" -}}
{{ printf "%s-%s" .root.Release.Name .part | trunc 63 }}
{{- end }}

{{/* How nodes of the cluster call the server, which its certificate for them says. */}}
{{- define "kiln.doorName" -}}
{{ include "kiln.name" (dict "root" . "part" "nodes") }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- define "kiln.image" -}}
{{- $image := index .root.Values.images .part -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* What runs as nobody in particular and writes nowhere but where it is told. */}}
{{- define "kiln.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "kiln.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* One variable of a key in a secret: dict "name" … "secret" … "key" … "optional" true. */}}
{{- define "kiln.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: { name: {{ .secret }}, key: {{ .key }}{{ if .optional }}, optional: true{{ end }} }
{{- end }}

{{/* What the server is told unless server.env says otherwise: dict "root" $ "name" … "value" … */}}
{{- define "kiln.serverDefault" -}}
{{- if not (hasKey .root.Values.server.env .name) }}
- { name: {{ .name }}, value: {{ .value | quote }} }
{{- end }}
{{- end }}

{{/* What server and worker are both told. */}}
{{- define "kiln.storeVariables" -}}
{{ include "kiln.secretVariable" (dict "name" "KILN_DATABASE_URL" "secret" .Values.secrets.control "key" "databaseUrl") }}
- { name: KILN_TEMPORAL_ADDRESS, value: {{ .Values.temporal.address | quote }} }
- { name: KILN_TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
{{- include "kiln.temporalVariables" . }}
- { name: KILN_REGISTRY_URL, value: {{ .Values.registry.url | quote }} }
- { name: KILN_REGISTRY_PREFIX, value: {{ .Values.registry.prefix | quote }} }
{{ include "kiln.secretVariable" (dict "name" "KILN_REGISTRY_USERNAME" "secret" .Values.secrets.registry "key" "username") }}
{{ include "kiln.secretVariable" (dict "name" "KILN_REGISTRY_PASSWORD" "secret" .Values.secrets.registry "key" "password") }}
{{- include "kiln.registryAuthorityVariable" . }}
{{- end }}

{{/* How Temporal is reached, and what lets Kiln in. */}}
{{- define "kiln.temporalVariables" -}}
{{- if .Values.temporal.tls.enabled }}
- { name: KILN_TEMPORAL_TLS, value: "true" }
{{- with .Values.temporal.tls.serverName }}
- { name: KILN_TEMPORAL_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- if .Values.secrets.temporalAuthority }}
- { name: KILN_TEMPORAL_CA_FILE, value: /etc/kiln/temporal/authority/ca.crt }
{{- end }}
{{- if .Values.secrets.temporalClient }}
- { name: KILN_TEMPORAL_CERT_FILE, value: /etc/kiln/temporal/client/tls.crt }
- { name: KILN_TEMPORAL_KEY_FILE, value: /etc/kiln/temporal/client/tls.key }
{{- end }}
{{- with .Values.secrets.temporalApiKey }}
{{ include "kiln.secretVariable" (dict "name" "KILN_TEMPORAL_API_KEY" "secret" . "key" "apiKey") }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kiln.temporalMounts" -}}
{{- if and .Values.temporal.tls.enabled .Values.secrets.temporalAuthority }}
- { name: temporal-authority, mountPath: /etc/kiln/temporal/authority, readOnly: true }
{{- end }}
{{- if and .Values.temporal.tls.enabled .Values.secrets.temporalClient }}
- { name: temporal-client, mountPath: /etc/kiln/temporal/client, readOnly: true }
{{- end }}
{{- end }}

{{- define "kiln.temporalVolumes" -}}
{{- if and .Values.temporal.tls.enabled .Values.secrets.temporalAuthority }}
- name: temporal-authority
  secret: { secretName: {{ .Values.secrets.temporalAuthority }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- if and .Values.temporal.tls.enabled .Values.secrets.temporalClient }}
- name: temporal-client
  secret:
    secretName: {{ .Values.secrets.temporalClient }}
    items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }]
{{- end }}
{{- end }}

{{/* Health, and metrics for whoever has their token. */}}
{{- define "kiln.observedVariables" -}}
- { name: KILN_METRICS_LISTEN, value: 0.0.0.0:9464 }
{{ include "kiln.secretVariable" (dict "name" "KILN_METRICS_TOKEN" "secret" .Values.secrets.metrics "key" "token") }}
{{- with .Values.tracesUrl }}
- { name: KILN_TRACES_URL, value: {{ . | quote }} }
{{- end }}
{{- end }}

{{- define "kiln.registryAuthorityVariable" -}}
{{- if .Values.secrets.registryAuthority }}
- { name: KILN_REGISTRY_CA, value: /etc/kiln/registry/ca.crt }
{{- end }}
{{- end }}

{{- define "kiln.extraVariables" -}}
{{- range $name, $value := . }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "kiln.registryAuthorityMount" -}}
{{- if .Values.secrets.registryAuthority }}
- { name: registry-authority, mountPath: /etc/kiln/registry, readOnly: true }
{{- end }}
{{- end }}

{{- define "kiln.registryAuthorityVolume" -}}
{{- if .Values.secrets.registryAuthority }}
- name: registry-authority
  secret: { secretName: {{ .Values.secrets.registryAuthority }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- end }}

{{- define "kiln.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "kiln.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
