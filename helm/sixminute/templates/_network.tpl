{{/*
Rules of the network, as lists: what a pod of the program may reach, and who may reach its port. An empty list of peers
in Kubernetes means everybody, so a rule with no peers is left out.
*/}}

{{- define "sixminute.network.servers" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
- ports:
    {{- range include "sixminute.kafka.ports" . | fromYamlArray }}
    - {port: {{ toJson . }}, protocol: TCP}
    {{- end }}
  {{- if .Values.trial.kafka.enabled }}
  to:
    - podSelector:
        matchLabels: {{- include "sixminute.selector" (dict "root" . "component" "kafka") | nindent 10 }}
  {{- else }}{{ with .Values.networkPolicy.kafka.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}{{ end }}
- ports:
    {{- range ternary (list 5432) .Values.networkPolicy.database.ports .Values.trial.postgresql.enabled }}
    - {port: {{ toJson . }}, protocol: TCP}
    {{- end }}
  {{- if .Values.trial.postgresql.enabled }}
  to:
    - podSelector:
        matchLabels: {{- include "sixminute.selector" (dict "root" . "component" "postgresql") | nindent 10 }}
  {{- else }}{{ with .Values.networkPolicy.database.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}{{ end }}
{{- with .Values.settings.traces }}
- ports:
    - {port: {{ include "sixminute.network.tracesPort" . }}, protocol: TCP}
{{- end }}
{{- end }}

{{/* Those of the addresses, where values don't name others: brokers may tell clients to go on elsewhere. */}}
{{- define "sixminute.kafka.ports" -}}
{{- if and .Values.networkPolicy.kafka.ports (not .Values.trial.kafka.enabled) -}}
{{ toYaml .Values.networkPolicy.kafka.ports }}
{{- else -}}
{{- range regexFindAll ":[0-9]+(,|$)" (include "sixminute.kafka.bootstrap" .) -1 | uniq }}
- {{ regexFind "[0-9]+" . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sixminute.network.tracesPort" -}}
{{- $address := urlParse . -}}
{{- with regexFind "[0-9]+$" (regexFind ":[0-9]+$" $address.host) }}{{ . }}{{ else }}{{ ternary 443 80 (eq $address.scheme "https") }}{{ end }}
{{- end }}

{{- define "sixminute.network.outside" -}}
{{- with .Values.networkPolicy.outside -}}
- ports:
    {{- range .ports }}
    - {port: {{ toJson . }}, protocol: TCP}
    {{- end }}
  {{- with .to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "sixminute.network.toApi" -}}
- ports:
    - {port: http, protocol: TCP}
  from:
    - podSelector:
        matchLabels: {{- include "sixminute.selector" (dict "root" . "component" "test") | nindent 10 }}
    {{- with .Values.networkPolicy.from }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "sixminute.network.toMetrics" -}}
{{- with .Values.networkPolicy.monitoring -}}
- ports:
    - {port: http, protocol: TCP}
  from: {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}
