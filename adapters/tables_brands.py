"""Tables of what is said of brands and done about it: mentions, what is counted of them, incidents, cases."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table

from adapters.columns import Instant, SafeText, Whole
from adapters.table_columns import (
    count,
    flag,
    instant,
    json,
    key,
    later_count,
    later_flag,
    later_json,
    later_list,
    later_text,
    metadata,
    numbered,
    real,
    text,
)

mentions = Table(
    "mentions",
    metadata,
    key("id"),
    text("brand"),
    text("source"),
    text("network_id"),
    instant("created_at"),
    instant("ingested_at"),
    text("text"),
    text("author"),
    text("conversation"),
    text("in_reply_to"),
    text("url"),
    text("language_hint"),
    Column("followers", Whole),
    Column("revision", Whole, nullable=False),
    text("origin"),
    text("label"),
    real("p_negative"),
    real("p_neutral"),
    real("p_positive"),
    text("language"),
    json("themes"),
    json("sensitive"),
    flag("is_sensitive"),
    text("model"),
    instant("scored_at"),
    instant("alerted", nullable=True),
    instant("seen", nullable=True),
    instant("approved", nullable=True),
    instant("sent", nullable=True),
    # The text in small letters as Python makes them: which letters a database knows depends on how it was set up.
    later_text("lowered"),
    later_text("emotion"),
    Column("p_complaint", Float(53)),
    later_flag("urgent"),
    later_flag("ironic"),
    # Whether `label` is what a person said: then `corrections` has what the model said.
    later_flag("corrected"),
    Index("mentions_newest", "created_at", "id"),
    Index("mentions_of_brand", "brand", "created_at", "id"),
    Index("mentions_of_label", "brand", "label", "created_at", "id"),
    # By hash: whatever a network calls its posts and authors, it can't be too long for that.
    Index("mentions_of_post", "network_id", postgresql_using="hash"),
    Index("mentions_of_author", "author", postgresql_using="hash"),
)

# Ids alone, so that a redelivery can't bring back what a person asked to have erased.
erased = Table("erased", metadata, key("mention"))

corrections = Table(
    "corrections",
    metadata,
    key("mention"),
    text("brand"),
    text("language"),
    text("label"),
    text("given"),
    real("p_negative"),
    real("p_neutral"),
    real("p_positive"),
    text("model"),
    text("corrected_by"),
    instant("corrected_at"),
    Index("corrections_newest", "corrected_at", "mention"),
    Index("corrections_of_brand", "brand", "corrected_at", "mention"),
)

counted = Table(
    "counted",
    metadata,
    key("brand"),
    key("mention"),
    instant("minute"),
    flag("negative"),
    flag("sensitive"),
    later_count("reach"),
    # Names with line breaks between them.
    later_text("segments"),
)

tallies = Table(
    "tallies",
    metadata,
    key("brand"),
    Column("minute", Instant, primary_key=True),
    count("total"),
    count("negative"),
    count("sensitive"),
    later_count("reach"),
)

segment_tallies = Table(
    "segment_tallies",
    metadata,
    key("brand"),
    key("segment"),
    Column("minute", Instant, primary_key=True),
    count("total"),
    count("negative"),
    count("sensitive"),
    count("reach"),
    Index("segment_tallies_since", "brand", "minute"),
)

series = Table("series", metadata, key("brand"), count("version"))

bands = Table(
    "bands",
    metadata,
    key("brand"),
    Column("at", Instant, primary_key=True),
    real("observed"),
    real("total"),
    real("expected"),
    real("low"),
    real("high"),
    later_flag("learning"),
)

segment_bands = Table(
    "segment_bands",
    metadata,
    key("brand"),
    key("segment"),
    Column("at", Instant, primary_key=True),
    real("observed"),
    real("total"),
    real("expected"),
    real("low"),
    real("high"),
    flag("learning"),
)

peaks = Table(
    "peaks",
    metadata,
    key("brand"),
    Column("minutes", Integer, primary_key=True),
    Column("block", Integer, primary_key=True),
    real("decades"),
)

segment_peaks = Table(
    "segment_peaks",
    metadata,
    key("brand"),
    key("segment"),
    Column("minutes", Integer, primary_key=True),
    Column("block", Integer, primary_key=True),
    real("decades"),
)

incidents = Table(
    "incidents",
    metadata,
    key("id"),
    text("brand"),
    text("state"),
    Column("level", Integer, nullable=False),
    Column("peak", Integer, nullable=False),
    text("rule"),
    json("reason"),
    real("observed"),
    real("expected_low"),
    real("expected_high"),
    instant("opened_at"),
    instant("updated_at"),
    instant("quiet_since", nullable=True),
    instant("closed_at", nullable=True),
    text("acknowledged_by"),
    instant("acknowledged_at", nullable=True),
    json("themes"),
    later_text("source"),
    later_text("segment"),
    later_list("joined"),
    instant("reopened_at", nullable=True),
    instant("ended_before", nullable=True),
    Index("incidents_newest", "opened_at", "id"),
    Index("incidents_of_brand", "brand", "opened_at", "id"),
)

alerts = Table(
    "alerts",
    metadata,
    numbered("number"),
    Column("id", SafeText, nullable=False, unique=True),
    text("brand"),
    text("incident"),
    instant("at"),
    text("event"),
    Column("level", Integer, nullable=False),
    text("rule"),
    json("reason"),
    real("observed"),
    real("expected_low"),
    real("expected_high"),
    later_json("why"),
    later_json("forecast"),
    later_text("segment"),
    Index("alerts_of_incident", "incident", "at", "number"),
    Index("alerts_of_brand", "brand"),
)

# Which alerts name a mention in their `why`: what is erased is found there without reading every alert.
why_mentions = Table("why_mentions", metadata, key("mention"), key("alert"), Index("why_mentions_of_alert", "alert"))

cases = Table(
    "cases",
    metadata,
    key("id"),
    text("mention"),
    text("brand"),
    text("channel"),
    text("language"),
    text("grade"),
    # 0 is the gravest grade: what ``deadline`` sorts by first.
    Column("rank", Integer, nullable=False),
    json("why_grade"),
    json("themes"),
    instant("opened_at"),
    instant("golden_at"),
    instant("limit_at"),
    text("state"),
    text("incident"),
    text("claimed_by"),
    instant("updated_at"),
    instant("answered_at", nullable=True),
    instant("resolved_at", nullable=True),
    count("version"),
    Index("cases_by_deadline", "state", "rank", "limit_at", "golden_at", "id"),
    Index("cases_newest", "opened_at", "id"),
    Index("cases_of_brand", "brand", "state"),
    Index("cases_of_mention", "mention"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("case_id", SafeText, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    text("text"),
    text("approach"),
    text("language"),
    json("findings"),
)

deliveries = Table(
    "deliveries",
    metadata,
    key("id"),
    text("case_id"),
    text("mention"),
    text("brand"),
    text("channel"),
    text("text"),
    text("approach"),
    text("approved_by"),
    instant("approved_at"),
    instant("not_before"),
    text("state"),
    instant("finished_at", nullable=True),
    text("detail"),
    flag("would_be_sent"),
    instant("claimed_at", nullable=True),
    Index("deliveries_newest", "approved_at", "id"),
    Index("deliveries_of_case", "case_id"),
    Index("deliveries_of_mention", "mention"),
    Index("deliveries_of_brand", "brand"),
    Index("deliveries_in_state", "state", "approved_at"),
)
