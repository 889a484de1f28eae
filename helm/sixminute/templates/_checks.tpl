{{/* What a schema can't say: one clear line for what doesn't fit together. No secret is repeated in it. */}}
{{- define "sixminute.checks" -}}
{{- with .Values -}}
{{- $databases := without (list (ne .database.existingSecret.name "") (ne .database.url "") .trial.postgresql.enabled) false | len -}}
{{- if eq $databases 0 }}{{ fail "No database: name a Secret in database.existingSecret.name, or set database.url, or, to try things out, trial.postgresql.enabled=true." }}{{ end -}}
{{- if gt $databases 1 }}{{ fail "More than one database: keep one of database.existingSecret.name, database.url and trial.postgresql.enabled." }}{{ end -}}
{{- if and .database.url (not (regexMatch "^postgres(ql(\\+psycopg)?)?://" .database.url)) }}{{ fail "database.url must begin with postgresql:// (user:password@host:5432/name follow)." }}{{ end -}}
{{- if and .trial.postgresql.enabled (not .trial.postgresql.password) }}{{ fail "trial.postgresql.password is empty: choose one." }}{{ end -}}
{{- if not (or .kafka.bootstrap .trial.kafka.enabled) }}{{ fail "No Kafka: set kafka.bootstrap=host:port, or, to try things out, trial.kafka.enabled=true." }}{{ end -}}
{{- if and .kafka.bootstrap .trial.kafka.enabled }}{{ fail "More than one Kafka: keep one of kafka.bootstrap and trial.kafka.enabled." }}{{ end -}}
{{- if and (include "sixminute.kafka.sasl" $) (not .kafka.existingSecret.name) (not (and .kafka.username .kafka.password)) }}{{ fail (printf "kafka.security %s needs an account: name a Secret in kafka.existingSecret.name, or set kafka.username and kafka.password." .kafka.security) }}{{ end -}}
{{- if and .ingress.enabled (not .ingress.hosts) }}{{ fail "ingress.enabled needs ingress.hosts: the names under which the pages are opened." }}{{ end -}}
{{- if and .ingress.enabled .networkPolicy.enabled (not .networkPolicy.from) }}{{ fail "ingress.enabled with networkPolicy.enabled needs networkPolicy.from: name the namespace of the ingress controller, such as --set networkPolicy.from[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=NAMESPACE." }}{{ end -}}
{{- range $name, $component := (include "sixminute.components" $ | fromYaml) -}}
{{- $scaling := (index $.Values $name).autoscaling -}}
{{- if $scaling }}{{ if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}{{ fail (printf "%s.autoscaling: minReplicas is greater than maxReplicas." $name) }}{{ end }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end }}
