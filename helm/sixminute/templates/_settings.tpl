{{/* What the program is told: variables, sixminute.toml, secrets. */}}

{{/* With its namespace: KEDA asks from another one. */}}
{{- define "sixminute.kafka.bootstrap" -}}
{{- if .Values.trial.kafka.enabled -}}
{{ include "sixminute.fullname" . }}-kafka.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}:9092
{{- else -}}
{{ .Values.kafka.bootstrap }}
{{- end }}
{{- end }}

{{- define "sixminute.kafka.security" -}}
{{- if .Values.trial.kafka.enabled }}PLAINTEXT{{ else }}{{ .Values.kafka.security }}{{ end }}
{{- end }}

{{- define "sixminute.kafka.sasl" -}}
{{- if hasPrefix "SASL_" (include "sixminute.kafka.security" .) }}true{{ end }}
{{- end }}

{{/* Names by which others reach the pages: those of the ingress and of the service. */}}
{{- define "sixminute.allowedHosts" -}}
{{- $service := printf "%s-api" (include "sixminute.fullname" .) -}}
{{- $hosts := concat .Values.settings.allowedHosts (list
      $service
      (printf "%s.%s" $service .Release.Namespace)
      (printf "%s.%s.svc" $service .Release.Namespace)
      (printf "%s.%s.svc.%s" $service .Release.Namespace .Values.clusterDomain)) -}}
{{- if .Values.ingress.enabled }}{{ $hosts = concat .Values.ingress.hosts $hosts }}{{ end -}}
{{ $hosts | uniq | join "," }}
{{- end }}

{{/*
Numbers go through toJson, which writes 1000000 and not 1e+06. The checks stand here because every pod needs this, and
Helm renders files in no certain order.
*/}}
{{- define "sixminute.environment" -}}
{{- include "sixminute.checks" . -}}
SIXMINUTE_BUS: kafka
SIXMINUTE_CONFIG: /etc/sixminute/config/sixminute.toml
SIXMINUTE_DATA_DIR: /var/lib/sixminute
SIXMINUTE_HOST: {{ .Values.settings.host | quote }}
SIXMINUTE_PORT: {{ toJson .Values.settings.port | quote }}
SIXMINUTE_ALLOWED_HOSTS: {{ include "sixminute.allowedHosts" . | quote }}
SIXMINUTE_LOG: {{ .Values.settings.log | quote }}
SIXMINUTE_RETENTION_DAYS: {{ toJson .Values.settings.retentionDays | quote }}
SIXMINUTE_MAX_BACKLOG: {{ toJson .Values.settings.maxBacklog | quote }}
SIXMINUTE_UNDO_SECONDS: {{ toJson .Values.settings.undoSeconds | quote }}
SIXMINUTE_REVIEW_DAYS: {{ toJson .Values.settings.reviewDays | quote }}
SIXMINUTE_LANGUAGES: {{ join "," .Values.settings.languages | quote }}
SIXMINUTE_IRONY_WEIGHT: {{ toJson .Values.settings.ironyWeight | quote }}
SIXMINUTE_PRECISION: {{ .Values.settings.precision | quote }}
SIXMINUTE_KAFKA_BOOTSTRAP: {{ include "sixminute.kafka.bootstrap" . | quote }}
SIXMINUTE_KAFKA_PARTITIONS: {{ toJson .Values.kafka.partitions | quote }}
SIXMINUTE_KAFKA_REPLICATION: {{ toJson .Values.kafka.replication | quote }}
SIXMINUTE_KAFKA_SECURITY: {{ include "sixminute.kafka.security" . | quote }}
{{- if include "sixminute.kafka.sasl" . }}
SIXMINUTE_KAFKA_SASL_MECHANISM: {{ .Values.kafka.saslMechanism | quote }}
{{- end }}
{{- if include "sixminute.kafka.ca" (dict "root" . "base" "") }}
SIXMINUTE_KAFKA_CA_FILE: /etc/sixminute/kafka-ca/ca.crt
{{- end }}
{{- with .Values.kafka.prefix }}
SIXMINUTE_KAFKA_PREFIX: {{ . | quote }}
{{- end }}
{{- with .Values.settings.traces }}
SIXMINUTE_TRACES: {{ . | quote }}
{{- end }}
{{- with .Values.settings.model }}
SIXMINUTE_MODEL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.modelOther }}
SIXMINUTE_MODEL_OTHER: {{ . | quote }}
{{- end }}
{{- with .Values.settings.words }}
SIXMINUTE_WORDS: {{ . | quote }}
{{- end }}
{{- with .Values.settings.blueskyUrl }}
SIXMINUTE_BLUESKY_URL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.xBaseUrl }}
SIXMINUTE_X_BASE_URL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.redditBaseUrl }}
SIXMINUTE_REDDIT_BASE_URL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.mastodonBaseUrl }}
SIXMINUTE_MASTODON_BASE_URL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.publicUrl }}
SIXMINUTE_PUBLIC_URL: {{ . | quote }}
{{- end }}
{{- with .Values.settings.user }}
SIXMINUTE_USER: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Empty parts are left out, so that the program's defaults hold. */}}
{{- define "sixminute.toml" -}}
{{- $given := dict -}}
{{- range $table, $content := .Values.config }}{{ if $content }}{{ $_ := set $given $table $content }}{{ end }}{{ end -}}
{{ toToml $given }}
{{- end }}

{{/* What goes into the chart's own Secret: nothing where an existing one is named. */}}
{{- define "sixminute.secret" -}}
{{- $kafka := .Values.kafka -}}
{{- with .Values.trial.postgresql }}{{ if .enabled }}
postgresql-password: {{ .password | b64enc | quote }}
database-url: {{ printf "postgresql://sixminute:%s@%s-postgresql:5432/sixminute" (.password | urlquery | replace "+" "%20") (include "sixminute.fullname" $) | b64enc | quote }}
{{- end }}{{ end }}
{{- with .Values.database.url }}
database-url: {{ . | b64enc | quote }}
{{- end }}
{{- if and (include "sixminute.kafka.sasl" .) (not $kafka.existingSecret.name) }}
kafka-username: {{ $kafka.username | b64enc | quote }}
kafka-password: {{ $kafka.password | b64enc | quote }}
{{- end }}
{{- with $kafka.ca }}{{ if and .certificate (not .existingSecret.name) }}
kafka-ca.crt: {{ .certificate | b64enc | quote }}
{{- end }}{{ end }}
{{- with .Values.database.ca }}{{ if and .certificate (not .existingSecret.name) }}
database-ca.crt: {{ .certificate | b64enc | quote }}
{{- end }}{{ end }}
{{- end }}

{{/* Which Secret and which of its keys hold the database's address. Takes root and base, as those below. */}}
{{- define "sixminute.database.secret" -}}
{{- with .root.Values.database.existingSecret -}}
name: {{ default (printf "%s-secret" $.base) .name }}
key: {{ ternary .key "database-url" (ne .name "") }}
{{- end }}
{{- end }}

{{- define "sixminute.kafka.secret" -}}
{{- with .root.Values.kafka.existingSecret -}}
name: {{ default (printf "%s-secret" $.base) .name }}
usernameKey: {{ ternary .usernameKey "kafka-username" (ne .name "") }}
passwordKey: {{ ternary .passwordKey "kafka-password" (ne .name "") }}
{{- end }}
{{- end }}

{{- define "sixminute.kafka.ca" -}}
{{- if not .root.Values.trial.kafka.enabled }}{{ include "sixminute.ca" (dict "ca" .root.Values.kafka.ca "base" .base "of" "kafka") }}{{ end }}
{{- end }}

{{- define "sixminute.database.ca" -}}
{{- include "sixminute.ca" (dict "ca" .root.Values.database.ca "base" .base "of" "database") }}
{{- end }}

{{- define "sixminute.ca" -}}
{{- if .ca.existingSecret.name -}}
name: {{ .ca.existingSecret.name }}
key: {{ .ca.existingSecret.key }}
{{- else if .ca.certificate -}}
name: {{ .base }}-secret
key: {{ .of }}-ca.crt
{{- end }}
{{- end }}
