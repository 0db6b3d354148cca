{{- define "moorgate.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- /* Objects of the cluster are not in a namespace: their names hold it. */ -}}
{{- define "moorgate.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "moorgate.name" .) -}}
{{- end -}}

{{- define "moorgate.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "moorgate.name" .) -}}
{{- end -}}

{{- define "moorgate.selector" -}}
app.kubernetes.io/name: moorgate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "moorgate.labels" -}}
{{ include "moorgate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "moorgate.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "moorgate.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}
