// Every bound of the system, in one place, with the relations between them asserted.
//
// No peer is trusted: each parse, queue, wait and retry stops at one of these. "Full" means refuse
// with a clear error or shed load, never grow. A bound an operator may tune is a default here and a
// key in deploy/tocsind.toml; the others are part of the protocol or of a memory promise.
//
// Thread: constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tocsin::limits {

// -- What a sender may send ----------------------------------------------------------------------

// Title + body + data keys and values of one message, in bytes (FCM and APNs allow the same 4 KB).
inline constexpr size_t message_content_bytes_max = 4096;
// Entries in a message's data map.
inline constexpr size_t data_entries_max = 32;
// One key of the data map, bytes.
inline constexpr size_t data_key_bytes_max = 64;
// Title of a notification, bytes of UTF-8.
inline constexpr size_t title_bytes_max = 1024;
// Time to live: default and maximum. 0 means "now or never".
inline constexpr uint32_t ttl_s_default = 3 * 24 * 3600;
inline constexpr uint32_t ttl_s_max = 28 * 24 * 3600;
// Messages in one batch call; devices on one page of a listing, by default and at most.
inline constexpr int send_batch_max = 100;
inline constexpr uint32_t devices_page_default = 100;
inline constexpr uint32_t devices_page_max = 1000;
// Deliveries per second that the estimate of a send's duration assumes (`./dev drill` on two cores
// makes about as many).
inline constexpr uint64_t deliveries_per_s_assumed = 100'000;
// How far ahead a send may be scheduled; how long a send to everyone can be released, and how many
// may wait for it.
inline constexpr uint64_t schedule_ahead_ms_max = uint64_t{366} * 24 * 3600 * 1000;
inline constexpr uint64_t release_ms_max = 600'000;
inline constexpr size_t releases_max = 1'000;
// Watches of messages at once, in all and per app; reports per second that a watch may ask for;
// questions about watched messages under way to storage at once.
inline constexpr size_t watches_max = 256;
inline constexpr size_t watches_per_app_max = 64;
inline constexpr uint32_t watch_reports_per_s_default = 1;
inline constexpr uint32_t watch_reports_per_s_max = 10;
inline constexpr size_t watch_polls_max = 4;
// Messages added up in one call for totals, the time that may take, and such calls at once.
inline constexpr size_t totals_messages_max = 10'000;
inline constexpr uint32_t totals_ms_max = 5'000;
inline constexpr size_t totals_at_once_max = 4;
// What happened in an app is kept by the minute and by the hour for this long; steps in one answer,
// by default and at most.
inline constexpr uint64_t activity_minutes_ms = uint64_t{2} * 24 * 3600 * 1000;
inline constexpr uint64_t activity_hours_ms = uint64_t{90} * 24 * 3600 * 1000;
inline constexpr uint64_t series_steps_default = 60;
inline constexpr uint64_t series_steps_max = 2'880;
// Messages on one page of a listing, by default and at most.
inline constexpr uint32_t messages_page_default = 20;
inline constexpr uint32_t messages_page_max = 100;
// Device ids of one list send; bundles of them on their way to the log at once.
inline constexpr size_t list_ids_max = 1'000'000;
inline constexpr size_t list_bundles_max = 4;
// Device ids named in one send; more is a job for an audience.
inline constexpr size_t send_devices_max = 100;
// Body of one HTTP request, bytes; the head (request line + headers), bytes.
inline constexpr size_t http_body_bytes_max = 64 * 1024;
inline constexpr size_t http_head_bytes_max = 8 * 1024;
// One HTTP request must be complete within the first; an idle keep-alive connection is closed after
// the second.
inline constexpr uint32_t http_request_ms_max = 10'000;
inline constexpr uint32_t http_idle_ms_max = 60'000;
// A connection without a request under way is kept this long: longer than the 60 s after which
// common clients and proxies drop an idle connection themselves.
inline constexpr uint32_t http_keep_alive_ms_default = 90'000;
// How long a peer may take none of what is sent to it, or send none of what it announced.
inline constexpr uint32_t http_stalled_ms_max = 30'000;
// Of all connections of one thread together: answers that their readers have not taken, and
// requests that are not complete. Beyond, the connection that holds most is closed.
inline constexpr size_t http_unread_bytes_max = 32 * 1024 * 1024;
inline constexpr size_t http_half_received_bytes_max = 32 * 1024 * 1024;
inline constexpr uint32_t api_threads_max = 64;
// Per client address: connections at once, and TLS handshakes per second.
inline constexpr uint32_t http_address_connections_default = 512;
inline constexpr uint32_t http_address_handshakes_per_s_default = 100;
// TLS handshakes of the API under way at once, at 54 KB each, and how long one may take.
inline constexpr uint32_t http_handshakes_max = 256;
inline constexpr uint32_t http_handshake_ms_max = 5'000;
// Tokens per connection for what is cheap to send and leads to no call (flood_guard.h).
inline constexpr uint32_t http_flood_tokens_max = 4'000;
inline constexpr uint32_t http_flood_tokens_per_s = 1'000;
// HTTP/2 (RFC 9113): calls at once on one connection.
inline constexpr uint32_t http_streams_max = 256;
// Body of a request that is read piece by piece, one piece, and one of its lines, bytes.
inline constexpr size_t http_stream_bytes_max = 64 * 1024 * 1024;
inline constexpr size_t http_piece_bytes_max = 16 * 1024;
inline constexpr size_t http_line_bytes_max = http_body_bytes_max;
// Wrong fields that an error names; more are left out.
inline constexpr size_t field_faults_max = 20;
// A key of an app ends after this long at the latest, if it has an end.
inline constexpr uint64_t key_lifetime_ms_max = uint64_t{10} * 365 * 24 * 3600 * 1000;
// Brackets open at once in a JSON text; the deepest request of the schema has seven.
inline constexpr size_t json_depth_max = 32;
// HTTP connections held at once; beyond that, this many more get a 503 and the rest are cut off.
inline constexpr size_t http_connections_max = 1024;
inline constexpr size_t http_refusals_max = 64;
// After its last answer a connection is still read for this long and up to this much, so that a
// peer that is still sending gets the answer instead of a reset.
inline constexpr uint32_t http_linger_ms_max = 2'000;
inline constexpr size_t http_linger_bytes_max = 1024 * 1024;
// How long a stopping HTTP server waits for requests under way.
inline constexpr uint32_t http_stop_ms_max = 5'000;
// gRPC: digits of a grpc-timeout; answers shorter than this are not compressed, bytes; an error whose
// body is longer than this is told once, not twice, because clients bound their trailers, bytes.
inline constexpr size_t grpc_timeout_digits_max = 8;
inline constexpr size_t grpc_gzip_bytes_min = 1024;
inline constexpr size_t grpc_details_bytes_max = 2 * 1024;
// gRPC without a key: watches of health at once and thread; questions on one reflection stream.
inline constexpr size_t grpc_health_watches_max = 1'024;
// Of them, those of callers without a key.
inline constexpr size_t grpc_health_strangers_max = 768;
inline constexpr size_t grpc_reflection_questions_max = 200;
// A call of reflection ends after this, so that strangers hold no streams for ever.
inline constexpr uint32_t grpc_reflection_ms_max = 60'000;
// The API answers DEADLINE_EXCEEDED when the log or storage takes longer than this.
inline constexpr uint32_t api_answer_ms_max = 10'000;
// What our own HTTPS client takes as an answer, and how long it waits for one by default.
inline constexpr size_t http_answer_bytes_max = 16 * 1024 * 1024;
inline constexpr uint32_t http_answer_ms_default = 15'000;
// The body of an answer to what we post (runtime/http/http_poster.h) is thrown away: this many
// bytes of it, for this many answers at once. Connections are kept idle for less than the minute
// after which load balancers commonly drop them, this many of them, and none for longer than this
// in all, so that a name that has moved is followed.
inline constexpr size_t http_drain_bytes_max = 64 * 1024;
inline constexpr size_t http_drains_max = 32;
inline constexpr uint32_t http_kept_s_max = 55;
inline constexpr size_t http_kept_max = 64;
inline constexpr uint32_t http_connection_s_max = 600;
// How often an answer that goes on sends a sign of life, and how long our own client waits for one.
inline constexpr uint32_t event_keep_alive_ms = 15'000;
inline constexpr uint32_t event_silence_ms_max = 45'000;

// -- Names ---------------------------------------------------------------------------------------

// App name: [a-z][a-z0-9-]{0,62}.
inline constexpr size_t app_name_bytes_max = 63;
inline constexpr size_t apps_max = 10'000;
// Keys of one app, including the one given at its creation; the id of a key, bytes.
inline constexpr size_t keys_per_app_max = 20;
inline constexpr size_t key_id_bytes_max = 64;
// Tag: 1..64 bytes of [A-Za-z0-9_.:-].
inline constexpr size_t tag_bytes_max = 64;
inline constexpr size_t tags_per_device_max = 64;
// Platform, app version: bytes each.
inline constexpr size_t device_text_bytes_max = 32;
// Alias, and value of a device attribute (platform, language, timezone, versions), bytes each.
inline constexpr size_t alias_bytes_max = 64;
inline constexpr size_t attribute_bytes_max = 64;
// Region cell: the text of a coarse cell, bytes.
inline constexpr size_t region_cell_bytes_max = 20;
// Messages of one collapse key that may be pending at once; older ones are no longer replaced.
inline constexpr size_t collapse_messages_max = 16;
// Device ids in one call that changes an audience, and devices deleted by one alias.
inline constexpr size_t audience_ids_max = 1'500;
inline constexpr size_t alias_devices_max = 1'000;
// Devices in one log record of devices seen.
inline constexpr size_t seen_batch_max = 16'384;
// Collapse key: a later message with the same key replaces the earlier one.
inline constexpr size_t collapse_key_bytes_max = 64;
// Label and group of a message, by which an app finds it again, bytes each.
inline constexpr size_t label_bytes_max = 64;
inline constexpr size_t platform_overrides_max = 8;
inline constexpr uint32_t frequency_cap_max = 100;  // messages per device and day
inline constexpr size_t rollouts_max = 1'000;       // under way at once, all apps
inline constexpr size_t rollouts_per_app_max = 100;
inline constexpr uint32_t rollout_per_s_max = 10'000'000;
inline constexpr uint64_t rollout_over_ms_max = uint64_t{7} * 24 * 3600 * 1000;
inline constexpr uint64_t canary_watch_ms_min = 1'000;
inline constexpr uint64_t canary_watch_ms_max = uint64_t{24} * 3600 * 1000;
inline constexpr size_t stop_reason_bytes_max = 200;
// Idempotency key of a send, and the fingerprint of what was sent with it, bytes; a repeat within
// this time gets the first answer.
inline constexpr size_t idempotency_key_bytes_max = 255;
inline constexpr size_t fingerprint_bytes_max = 64;
inline constexpr uint64_t idempotency_ms = 24 * 3600 * 1000;
// Sends of one app that wait for their time, and what one of them may be, bytes.
inline constexpr size_t schedules_per_app_max = 10'000;
inline constexpr size_t schedule_request_bytes_max = 64 * 1024;
// Rows looked at for one page of messages; a page may be shorter than asked for although more
// follow.
inline constexpr size_t page_rows_max = 1'000;
// Uploaded audiences of one app, and the name of one, bytes.
inline constexpr size_t audiences_per_app_max = 1000;
inline constexpr size_t audience_name_bytes_max = 64;

// -- Webhooks (docs/webhooks.md) -----------------------------------------------------------------

// Where events of an app are posted, and what they are signed with, bytes.
inline constexpr size_t webhook_url_bytes_max = 1024;
inline constexpr size_t webhook_secret_bytes_min = 16;
inline constexpr size_t webhook_secret_bytes_max = 128;
// Devices of one event; events that wait for one app's webhook, bytes. Beyond that, the oldest go.
inline constexpr size_t webhook_event_devices_max = 1'000;
inline constexpr size_t webhook_queue_bytes_max = 64 * 1024 * 1024;
// Events and device ids of one request; requests at once, all apps.
inline constexpr size_t webhook_post_events_max = 500;
inline constexpr size_t webhook_post_devices_max = 2'000;
inline constexpr size_t webhook_posts_max = 32;
// A request, or a test of the webhook, must be answered within this.
inline constexpr uint32_t webhook_post_ms_max = 8'000;
// The next attempt comes after rand(0, min(cap, base * 2^n)), or later if the answer asks for it,
// up to this.
inline constexpr uint32_t webhook_retry_base_ms = 1'000;
inline constexpr uint32_t webhook_retry_cap_ms = 600'000;
inline constexpr uint32_t webhook_retry_after_s_max = 3'600;
// A request whose first event is this old, and that failed this often, becomes a dead letter.
inline constexpr uint64_t webhook_keep_trying_ms = 24 * 3600 * 1000;
inline constexpr uint32_t webhook_attempts_min = 5;
// Dead letters of one app; beyond that, the oldest go. What is kept of an error, bytes.
inline constexpr size_t dead_letters_max = 100;
inline constexpr size_t webhook_error_bytes_max = 256;

// -- Audience expressions (docs/audience-expressions.md) -----------------------------------------

// The text of one expression, bytes.
inline constexpr size_t audience_expression_bytes_max = 4096;
// Nesting of operators and parentheses; terms in all.
inline constexpr size_t audience_depth_max = 32;
inline constexpr size_t audience_terms_max = 256;
// How many days back "seen" may look.
inline constexpr uint32_t audience_windows_days_max = 90;

// -- Device protocol (docs/protocol.md) ----------------------------------------------------------

// Body of one frame from a device, and of one frame to a device.
inline constexpr size_t device_frame_bytes_max = 8 * 1024;
inline constexpr size_t server_frame_bytes_max = 8 * 1024;
// Type byte plus the longest length varint of a legal frame.
inline constexpr size_t frame_head_bytes_max = 4;
// Message ids in one Ack or Opened frame.
inline constexpr size_t ack_ids_max = 32;
// Tags in one Register or Update frame (added + removed).
inline constexpr size_t tags_per_frame_max = 64;
// Text of an Error frame, bytes.
inline constexpr size_t error_text_bytes_max = 128;
// A gateway to try, "host:port", bytes; how many a Welcome or GoAway names.
inline constexpr size_t gateway_text_bytes_max = 64;
inline constexpr size_t gateways_hint_max = 4;
// Stored messages sent to one device and not yet acknowledged; the rest waits in storage.
inline constexpr size_t in_flight_max = 32;
// Message ids the SDK remembers to drop duplicates.
inline constexpr size_t duplicate_window = 256;

// -- Device SDK ----------------------------------------------------------------------------------

// TCP and TLS must be up within the first; Registered, Welcome, Updated or Pong must arrive within
// the second.
inline constexpr uint32_t connect_deadline_ms = 30'000;
inline constexpr uint32_t answer_deadline_ms = 30'000;
// Reconnect after rand(0, min(cap, base * 2^n)); n starts again after a session of this length.
inline constexpr uint32_t reconnect_base_ms = 1'000;
inline constexpr uint32_t reconnect_cap_ms = 300'000;
inline constexpr uint32_t stable_ms = 60'000;
// A new network is used at once, after a random wait of at most this.
inline constexpr uint32_t network_change_ms_max = 300;
// Longest wait a device accepts from a server (GoAway, retry_after), and longest ack spread.
inline constexpr uint32_t server_wait_ms_max = 3'600'000;
inline constexpr uint32_t device_ack_spread_ms_max = 60'000;
// A push counts as expired this long after its expiry: the clocks of two servers differ, and "now
// or never" expires as it is sent.
inline constexpr uint32_t expiry_slack_ms = 10'000;
// Message ids reported as opened while offline and kept until the next session.
inline constexpr size_t opened_pending_max = 8;

// -- Gateway -------------------------------------------------------------------------------------

// A connection must finish its TLS handshake within the first, and then say Hello within the
// second.
inline constexpr uint32_t handshake_deadline_ms_default = 10'000;
inline constexpr uint32_t hello_deadline_ms_default = 10'000;
// Handshakes in flight per process: 54 KB of OpenSSL heap each, so 128 take 7 MB.
inline constexpr uint32_t handshakes_in_flight_default = 128;
inline constexpr uint32_t handshakes_in_flight_max = 4096;
// Sealed bytes kept for a device that does not read; more closes the connection, and replay catches
// the device up.
inline constexpr size_t unsent_bytes_max = 64 * 1024;
// Acknowledgements held for a session that storage has not granted yet; further ones are dropped,
// and replay brings their messages again.
inline constexpr size_t early_acks_max = 128;
// Updates of one session that took tags away, are in the log, and wait for storage to apply them;
// further ones are not confirmed, and the device repeats them.
inline constexpr size_t updates_unconfirmed_max = 16;
// Heartbeat a device may ask for; the gateway closes the connection after 1.5 times that of
// silence.
inline constexpr uint32_t heartbeat_s_min = 10;
inline constexpr uint32_t heartbeat_s_default = 270;
inline constexpr uint32_t heartbeat_s_max = 1800;
// Deliveries between two looks at the alert lane.
inline constexpr size_t fan_out_chunk = 64;
// Casts a gateway remembers to close the race between a new session and a running cast.
inline constexpr size_t recent_casts_max = 4096;
// Bytes read from one connection before the loop turns to the next.
inline constexpr size_t read_burst_bytes_max = 16 * 1024;
// Frames per second, and burst, of one connection; beyond that it is closed as abusive.
inline constexpr uint32_t device_frames_per_s_max = 100;
// Client addresses one shard keeps count of when per-address limits are on; beyond that, the one
// idle longest is forgotten, and while none is idle, newcomers are not limited by address.
inline constexpr uint32_t limited_addresses_max = 1u << 20;
// Most handshakes per second an operator may grant one address, and its burst: this many seconds'
// worth, because everyone behind a NAT comes back at once when its link does.
inline constexpr uint32_t handshakes_per_address_per_s_max = 100'000;
inline constexpr uint32_t handshake_burst_s = 10;
// Connections accepted before the loop turns to the next listener, even when all of them are
// refused.
inline constexpr uint32_t accepts_per_turn_max = 64;
// Each shard logs at most one line about refused addresses in this time.
inline constexpr uint32_t refused_address_log_ms = 10'000;

// -- TLS records (RFC 8446) ----------------------------------------------------------------------

// Plaintext of one record (section 5.1); ciphertext expansion allowed (section 5.2).
inline constexpr size_t tls_plaintext_bytes_max = 16 * 1024;
inline constexpr size_t tls_expansion_bytes_max = 256;
inline constexpr size_t tls_header_bytes = 5;
inline constexpr size_t tls_tag_bytes = 16;
// Records under one key before we send a KeyUpdate (section 5.5 allows 2^24.5 for AES-GCM).
inline constexpr uint64_t tls_records_per_key_max = uint64_t{1} << 24;
// KeyUpdates, and empty records, in a row before the peer is refused.
inline constexpr uint32_t tls_key_updates_in_row_max = 32;
inline constexpr uint32_t tls_empty_records_in_row_max = 32;
// How long a session ticket lets a device resume (section 4.6.1 allows seven days).
inline constexpr uint32_t tls_ticket_lifetime_s = 24 * 3600;

// -- Log and storage -----------------------------------------------------------------------------

// A device lives in the partition that the first byte of its id names.
inline constexpr uint32_t partitions = 256;
// One log record, and one group commit, bytes (an etcd bundle must fit in 128 KB).
inline constexpr size_t log_record_bytes_max = 128 * 1024;
inline constexpr size_t log_batch_bytes_max = 1024 * 1024;
// Records waiting for the log; beyond that, appends are refused with RESOURCE_EXHAUSTED.
inline constexpr size_t log_queue_records_max = 65'536;
// Bytes of those records; whichever bound is reached first refuses.
inline constexpr size_t log_queue_bytes_max = 64 * 1024 * 1024;
// A log that has refused a record counts as refusing for this long, unless it takes one: without
// traffic nobody would learn that its disk has room again.
inline constexpr uint32_t log_refusal_ms = 10'000;
// A log file is closed and a new one begun after this many bytes.
inline constexpr size_t log_segment_bytes_max = 64 * 1024 * 1024;
// Messages kept for one offline device; beyond that, the oldest of the lowest lane is dropped.
inline constexpr size_t inbox_messages_max = 200;
// Devices of which storage remembers how much waits in the inbox, about 100 bytes each.
inline constexpr size_t inbox_tallies_max = 131'072;
// Casts alive at once per app; beyond that, sends to many are refused with RESOURCE_EXHAUSTED.
inline constexpr size_t live_casts_max = 10'000;
// Acknowledgements are gathered for this long, or up to this many, before they become one log
// record.
inline constexpr uint32_t ack_linger_ms = 200;
inline constexpr size_t ack_batch_max = 8'192;
// Acknowledgements kept while the log takes none (disk full); further ones are left to the device,
// which is offered the message again and acknowledges it again.
inline constexpr size_t acks_waiting_max = 1'000'000;
// An acknowledgement applied more than this after a stored message's expiry no longer counts: its
// inbox row may be gone. Measured on the log's own time.
inline constexpr uint64_t late_ack_ms_max = 3'600'000;
// RocksDB: one column family's write buffer, all write buffers, block cache, open files.
inline constexpr size_t store_write_buffer_bytes_max = 16 * 1024 * 1024;
inline constexpr size_t store_write_buffers_bytes_max = 32 * 1024 * 1024;
inline constexpr size_t store_cache_bytes_max = 32 * 1024 * 1024;
inline constexpr int store_files_open_max = 256;
// The store is flushed, and the log trimmed, after this many bytes applied or this long.
inline constexpr size_t store_flush_bytes = 32 * 1024 * 1024;
inline constexpr uint64_t store_flush_interval_ms = 30'000;
// After a flush of this much, the memory of its buffers is returned to the system.
inline constexpr size_t store_return_memory_bytes = 128 * 1024;
// How long a stopping storage waits for its last acknowledgements to reach the log.
inline constexpr uint32_t storage_stop_ms_max = 5'000;
// Pause between two looks at what has expired, what can be trimmed and what can be tried again.
inline constexpr uint32_t storage_tick_ms = 1'000;
// Devices may spread the acknowledgements of a cast over this; longer for a larger audience.
inline constexpr uint32_t ack_spread_ms_min = 250;
inline constexpr uint32_t ack_spread_ms_max = 10'000;
// Acknowledgements per millisecond that the spread aims at, over the whole installation: for an
// alert, whose report people watch, and for any other cast, whose acks must not be in an alert's
// way.
inline constexpr uint32_t alert_acks_per_ms_target = 10;
inline constexpr uint32_t acks_per_ms_target = 5;
// Times from accepted to acknowledged are counted in this many buckets: number i holds up to
// 2^(i/2) ms, so the last but one holds up to 2^20 ms; the last holds whatever took longer.
inline constexpr size_t latency_buckets = 42;
// How long a finished message's report is kept after its expiry.
inline constexpr uint32_t report_retention_s_default = 30 * 24 * 3600;

static_assert(message_content_bytes_max + 1024 <= server_frame_bytes_max,
              "a full message must fit in one frame with its envelope");
static_assert(server_frame_bytes_max + frame_head_bytes_max <= tls_plaintext_bytes_max,
              "one frame must fit in one TLS record");
static_assert(data_entries_max * data_key_bytes_max <= message_content_bytes_max);
static_assert(in_flight_max <= duplicate_window, "what may be in flight must be recognised twice");
static_assert(ack_ids_max <= duplicate_window, "acks are gathered in the duplicate window");
static_assert(ack_ids_max * 9 + 16 <= device_frame_bytes_max);
static_assert(tags_per_frame_max * (tag_bytes_max + 2) + 1024 <= device_frame_bytes_max);
static_assert(log_record_bytes_max <= log_batch_bytes_max);
static_assert(schedule_request_bytes_max + 1024 <= log_record_bytes_max, "a schedule fits");
static_assert(log_batch_bytes_max <= log_queue_bytes_max);
static_assert(ack_batch_max * 16 <= log_record_bytes_max, "one batch of acks of one message fits");
static_assert(ack_batch_max <= acks_waiting_max);
static_assert(seen_batch_max * 8 <= log_record_bytes_max, "a record of who was seen fits");
static_assert(send_devices_max * 64 + 2 * server_frame_bytes_max <= log_record_bytes_max);
static_assert(event_silence_ms_max > event_keep_alive_ms);
static_assert(watches_max + http_refusals_max < http_connections_max, "who watches blocks nobody");
static_assert(totals_ms_max < api_answer_ms_max);
static_assert(series_steps_max * 60'000 >= activity_minutes_ms, "an answer holds all there is");
static_assert(series_steps_max * 3'600'000 >= activity_hours_ms);
static_assert(http_answer_ms_default > api_answer_ms_max,
              "a client outwaits the server's own deadline");
static_assert(webhook_event_devices_max <= webhook_post_devices_max, "one event fits a request");
static_assert(webhook_post_ms_max < api_answer_ms_max, "a test of a webhook is answered");
static_assert(unsent_bytes_max >= in_flight_max * 1024);
static_assert(uint64_t{handshakes_per_address_per_s_max} * handshake_burst_s * 1000 <= UINT32_MAX,
              "a full bucket is counted in thousandths, in 32 bits");

}  // namespace tocsin::limits
