{{/* Names and labels. */}}

{{- define "sixminute.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* 40 characters leave room for what is put behind them: names of pods and services end at 63. */}}
{{- define "sixminute.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The labels that say which pods are meant; they never change. Takes root and component. */}}
{{- define "sixminute.selector" -}}
app.kubernetes.io/name: {{ include "sixminute.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* The labels of a pod: without the chart's version, so that a new chart alone restarts nothing. */}}
{{- define "sixminute.podLabels" -}}
{{ include "sixminute.selector" . }}
app.kubernetes.io/part-of: sixminute
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* All labels. Takes root and component. */}}
{{- define "sixminute.labels" -}}
{{ include "sixminute.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "sixminute.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end }}
{{- end }}

{{- define "sixminute.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "sixminute.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/*
What runs: the arguments of the program and, for workers whose number follows what waits for them, the topic and the
consumer group, both without the prefix.
*/}}
{{- define "sixminute.components" -}}
ingest: {args: [worker, ingest]}
sentiment: {args: [worker, sentiment], topic: mentions.raw, group: sentiment}
alerting: {args: [worker, alerting], topic: mentions.scored, group: alerting}
responding: {args: [worker, responding], topic: mentions.scored, group: responding}
publisher: {args: [worker, publisher], topic: replies.approved, group: publisher}
api: {args: [api]}
{{- end }}

{{/* Whether a server of the chart's own is used: then nothing of it is there before the release is. */}}
{{- define "sixminute.trial" -}}
{{- if or .Values.trial.kafka.enabled .Values.trial.postgresql.enabled }}true{{ end }}
{{- end }}

{{/*
The beginning of the names of what the migration uses. As a hook it comes before everything else of the release, so
it brings its own copies.
*/}}
{{- define "sixminute.migrationBase" -}}
{{- include "sixminute.fullname" . }}{{ if not (include "sixminute.trial" .) }}-migrate{{ end }}
{{- end }}

{{/* Annotations of a hook that comes before the release. Takes the weight. */}}
{{- define "sixminute.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
