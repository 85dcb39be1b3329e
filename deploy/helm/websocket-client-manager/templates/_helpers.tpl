{{- define "wscm.name" -}}
{{- $name := .Chart.Name -}}
{{- if contains $name .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{/* Labels that a pod is found by. Called with (dict "root" $ "part" "gateway"), as the templates below. */}}
{{- define "wscm.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "wscm.labels" -}}
{{ include "wscm.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "wscm.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "wscm.name" .) }}
{{- end -}}

{{- define "wscm.image" -}}
{{- $values := index .root.Values .part -}}
{{- with .root.Values.image.registry }}{{ . | trimSuffix "/" }}/{{ end -}}
{{ $values.image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{/* The settings of a service as JSON: what the chart decides, those of both, its own. */}}
{{- define "wscm.settings" -}}
{{- $own := index .root.Values .part "settings" -}}
{{- merge (dict) $own .root.Values.settings (dict "HOST" "0.0.0.0") | toJson -}}
{{- end -}}

{{/* Text of a setting. Numbers of YAML are floats: 1048576 must not become 1.048576e+06. */}}
{{- define "wscm.text" -}}
{{- if kindIs "float64" . }}{{ . | int64 }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* The variable by which a service learns of the file of a secret. */}}
{{- define "wscm.fileVariable" -}}
{{- if hasSuffix "_FILE" . }}{{ . }}{{ else }}{{ . }}_FILE{{ end -}}
{{- end -}}

{{- define "wscm.env" -}}
{{- range $name, $value := include "wscm.settings" . | fromJson }}
- name: {{ $name }}
  value: {{ include "wscm.text" $value | quote }}
{{- end }}
{{- range $name, $_ := index .root.Values .part "secrets" }}
- name: {{ include "wscm.fileVariable" $name }}
  value: /run/secrets/wscm/{{ $name }}
{{- end }}
{{- with index .root.Values .part "extraEnv" }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* How long a gateway may take to end, at the least. */}}
{{- define "wscm.gatewayGrace" -}}
{{- $settings := include "wscm.settings" (dict "root" . "part" "gateway") | fromJson -}}
{{- $drain := divf (float64 ($settings.DRAIN_TIMEOUT_MS | default 25000)) 1000 | ceil | int -}}
{{- add .Values.gateway.preStopSeconds $drain 5 -}}
{{- end -}}

{{- define "wscm.gatewayPort" -}}
{{ (include "wscm.settings" (dict "root" . "part" "gateway") | fromJson).GATEWAY_PORT | default 8080 | int }}
{{- end -}}
{{- define "wscm.adminPort" -}}
{{ (include "wscm.settings" (dict "root" . "part" "gateway") | fromJson).GATEWAY_ADMIN_PORT | default 8081 | int }}
{{- end -}}
{{- define "wscm.registryPort" -}}
{{ (include "wscm.settings" (dict "root" . "part" "registry") | fromJson).REGISTRY_PORT | default 3000 | int }}
{{- end -}}
{{- define "wscm.registryScheme" -}}
{{- $settings := include "wscm.settings" (dict "root" . "part" "registry") | fromJson -}}
{{- if or (hasKey .Values.registry.secrets "REGISTRY_TLS_CERT_FILE") $settings.REGISTRY_TLS_CERT_FILE }}HTTPS{{ else }}HTTP{{ end -}}
{{- end -}}
