{{/* What the pods of both services have in common. Called with (dict "root" $ "part" "gateway"). */}}

{{- define "wscm.podMetadata" -}}
{{- $values := index .root.Values .part -}}
labels:
  {{- include "wscm.labels" . | nindent 2 }}
  {{- with $values.podLabels }}{{ toYaml . | nindent 2 }}{{ end }}
{{- with $values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "wscm.podSpec" -}}
{{- $values := index .root.Values .part -}}
serviceAccountName: {{ include "wscm.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  # The user `node` of the images.
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
  {{- with $values.sysctls }}
  sysctls: {{- toYaml . | nindent 4 }}
  {{- end }}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "wscm.selector" $ | nindent 8 }}
  {{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- if $values.secrets }}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range $name, $from := $values.secrets }}
        - secret:
            name: {{ $from.name }}
            items: [{ key: {{ $from.key | quote }}, path: {{ $name }} }]
        {{- end }}
  {{- end }}
{{- end -}}

{{- define "wscm.container" -}}
{{- $values := index .root.Values .part -}}
image: {{ include "wscm.image" . | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
env:
  {{- include "wscm.env" . | trim | nindent 2 }}
resources: {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- if $values.secrets }}
  - { name: secrets, mountPath: /run/secrets/wscm, readOnly: true }
  {{- end }}
lifecycle:
  preStop:
    exec: { command: [sleep, {{ $values.preStopSeconds | quote }}] }
{{- end -}}

{{/* Called with (dict "port" name "scheme" "HTTP"). A start may wait a minute for NATS to take the streams, and as long again. */}}
{{- define "wscm.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: {{ .port }}, scheme: {{ .scheme }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: {{ .port }}, scheme: {{ .scheme }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: {{ .port }}, scheme: {{ .scheme }} }
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}
