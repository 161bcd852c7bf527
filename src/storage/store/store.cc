#include "storage/store/store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <system_error>

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include "base/fixed_int.h"
#include "storage/store/batch.h"
#include "storage/store/keys.h"
#include "storage/store/store_options.h"

namespace tocsin::storage {
namespace {

constexpr std::string_view format_version = "3";
// It lacks the families from `idempotency` on; its rows are read as they are.
constexpr std::string_view format_before = "2";

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

// The first key behind all that begin with `prefix`; empty when there is none.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

// RocksDB itself knows ENOSPC only; a quota or a limit that is reached is no room, too.
bool is_disk_full(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return true;
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find(std::strerror(EDQUOT)) != std::string::npos ||
                                text.find(std::strerror(EFBIG)) != std::string::npos);
}

// The one place where RocksDB's errors become ours.
absl::Status translate(const rocksdb::Status& status, const std::string& folder) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = fmt::format("store {}: {}", folder, status.ToString());
  if (status.IsCorruption()) {
    return absl::DataLossError(text +
                               ". Restore the folder from a copy, or empty it if the log "
                               "still has its first record");
  }
  if (is_disk_full(status)) {
    return absl::ResourceExhaustedError(text + "; make room on this disk");
  }
  if (status.IsInvalidArgument()) return absl::FailedPreconditionError(text);
  if (status.ToString().find("/LOCK:") != std::string::npos) {
    return absl::FailedPreconditionError(text + "; is another tocsind using it?");
  }
  return absl::UnavailableError(text);
}

}  // namespace

std::string StoreState::serialize() const {
  std::string bytes;
  put_le(position, bytes);
  put_le(largest_message.value, bytes);
  put_le(log_time_ms, bytes);
  return bytes;
}

std::optional<StoreState> StoreState::parse(std::string_view bytes) {
  if (bytes.size() != 24) return std::nullopt;
  return StoreState{get_le<uint64_t>(bytes), MessageId{get_le<uint64_t>(bytes.substr(8))},
                    get_le<uint64_t>(bytes.substr(16))};
}

absl::StatusOr<std::unique_ptr<Store>> Store::open(const std::string& folder,
                                                   uint64_t retention_ms) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::UnavailableError(fmt::format("cannot create {}: {}", folder, error.message()));
  }
  std::unique_ptr<Store> store(new Store());
  store->folder_ = folder;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(store_options(), folder, store_families(store->log_time_),
                                        &store->handles_, &db);
  if (!status.ok()) return translate(status, folder);
  store->db_.reset(db);
  const auto format = store->load_state();
  if (!format.ok()) return format.status();
  if (*format != format_version) {
    Batch first = store->batch();
    first.put(Family::meta, format_key, format_version);
    if (auto written = store->write(first, store->state_); !written.ok()) return written;
  }
  if (auto kept = store->keep_retention(retention_ms); !kept.ok()) return kept;
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> Store::open_read_only(const std::string& folder) {
  if (!std::filesystem::exists(folder + "/CURRENT")) {
    return absl::NotFoundError(fmt::format("there is no store in {}", folder));
  }
  std::unique_ptr<Store> store(new Store());
  store->folder_ = folder;
  if (auto opened = store->open_families_there_are(); !opened.ok()) return opened;
  // Without a state it was killed before its first flush, and is the state before the first record.
  if (auto format = store->load_state(); !format.ok()) return format.status();
  return store;
}

absl::Status Store::open_families_there_are() {
  std::vector<std::string> names;
  auto status = rocksdb::DB::ListColumnFamilies(store_options(), folder_, &names);
  if (!status.ok()) return translate(status, folder_);
  const auto is_there = [&](const auto& family) {
    return std::find(names.begin(), names.end(), family.name) != names.end();
  };
  const auto all = store_families(log_time_);
  std::vector<rocksdb::ColumnFamilyDescriptor> there;
  std::copy_if(all.begin(), all.end(), std::back_inserter(there), is_there);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  status = rocksdb::DB::OpenForReadOnly(store_options(), folder_, there, &handles, &db);
  if (!status.ok()) return translate(status, folder_);
  db_.reset(db);
  auto next = handles.begin();
  for (const auto& family : all) handles_.push_back(is_there(family) ? *next++ : nullptr);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Store::load_state() {
  const auto format = get(Family::meta, format_key);
  if (!format.ok()) return format.status();
  if (!format->has_value()) return std::string();
  if (**format != format_version && **format != format_before) {
    return absl::FailedPreconditionError(
        fmt::format("store {} has format {}, this tocsind reads {}; use the version that wrote it",
                    folder_, **format, format_version));
  }
  const auto row = get(Family::meta, state_key);
  if (!row.ok()) return row.status();
  const auto state = StoreState::parse(row->value_or(std::string()));
  if (!state) return absl::DataLossError(fmt::format("store {}: no log position in it", folder_));
  state_ = *state;
  log_time_->set(state_.log_time_ms);
  const auto retention = get(Family::meta, retention_key);
  if (!retention.ok()) return retention.status();
  if (retention->has_value()) {
    if ((*retention)->size() != 8) {
      return absl::DataLossError(fmt::format("store {}: its retention cannot be read", folder_));
    }
    log_time_->set_retention(get_le<uint64_t>(**retention));
  }
  return **format;
}

// Written down, so that who checks the store offline knows what may be gone; on disk before
// compactions go by it.
absl::Status Store::keep_retention(uint64_t retention_ms) {
  if (log_time_->retention_ms() == retention_ms) return absl::OkStatus();
  std::string bytes;
  put_le(retention_ms, bytes);
  Batch change = batch();
  change.put(Family::meta, retention_key, bytes);
  if (auto written = write(change, state_); !written.ok()) return written;
  if (auto flushed = flush(/*wait=*/true); !flushed.ok()) return flushed;
  log_time_->set_retention(retention_ms);
  return absl::OkStatus();
}

Store::~Store() {
  if (!db_) return;
  for (auto* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle);
  }
  db_->Close();
}

void Batch::put(Family family, std::string_view key, std::string_view value) {
  writes_->Put(store_.handle(family), slice(key), slice(value));
}

void Batch::remove(Family family, std::string_view key) {
  writes_->Delete(store_.handle(family), slice(key));
}

void Batch::remove_all(Family family, std::string_view prefix) {
  writes_->DeleteRange(store_.handle(family), slice(prefix), slice(end_of(prefix)));
}

void Batch::merge(Family family, std::string_view key, std::string_view operand) {
  writes_->Merge(store_.handle(family), slice(key), slice(operand));
}

Batch::Batch(Store& store) : store_(store), writes_(std::make_unique<rocksdb::WriteBatch>()) {}
Batch::Batch(Batch&&) noexcept = default;
Batch::~Batch() = default;

Batch Store::batch() { return Batch(*this); }

absl::Status Store::write(Batch& batch, const StoreState& next) {
  batch.put(Family::meta, state_key, next.serialize());
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  if (auto status = db_->Write(options, batch.writes_.get()); !status.ok()) {
    return translate(status, folder_);
  }
  state_ = next;
  log_time_->set(next.log_time_ms);
  for (auto& in_memory : batch.then_) in_memory();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> Store::get(Family family, std::string_view key) const {
  if (handle(family) == nullptr) return std::optional<std::string>();
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), handle(family), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return translate(status, folder_);
  return std::optional<std::string>(std::move(value));
}

struct Store::Values::Found {
  explicit Found(size_t keys) : values(keys), statuses(keys) {}
  std::vector<rocksdb::PinnableSlice> values;
  std::vector<rocksdb::Status> statuses;
};

Store::Values::Values(const std::string& folder, size_t keys)
    : folder_(folder), found_(std::make_unique<Found>(keys)) {}
Store::Values::Values(Values&&) noexcept = default;
Store::Values::~Values() = default;

Store::Values Store::get_all(Family family, std::span<const std::string> keys) const {
  Values found(folder_, keys.size());
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  db_->MultiGet(options, handle(family), slices.size(), slices.data(), found.found_->values.data(),
                found.found_->statuses.data(), /*sorted_input=*/false);
  return found;
}

absl::StatusOr<std::optional<std::string_view>> Store::Values::at(size_t index) const {
  const rocksdb::Status& status = found_->statuses[index];
  if (status.IsNotFound()) return std::optional<std::string_view>();
  if (!status.ok()) return translate(status, folder_);
  const rocksdb::PinnableSlice& value = found_->values[index];
  return std::optional<std::string_view>({value.data(), value.size()});
}

struct Store::Rows::Range {
  explicit Range(std::string_view from, std::string until)
      : begin(from), end(std::move(until)), begin_slice(begin), end_slice(end) {}
  const std::string begin;
  const std::string end;
  const rocksdb::Slice begin_slice;
  const rocksdb::Slice end_slice;
};

Store::Rows::Rows() = default;
Store::Rows::~Rows() = default;

bool Store::Rows::valid() const { return rows_->Valid(); }
std::string_view Store::Rows::key() const { return rows_->key().ToStringView(); }
std::string_view Store::Rows::value() const { return rows_->value().ToStringView(); }
void Store::Rows::next() { backwards_ ? rows_->Prev() : rows_->Next(); }

absl::Status Store::Rows::status() const {
  return rows_->status().ok() ? absl::OkStatus() : translate(rows_->status(), "rows");
}

std::unique_ptr<Store::Rows> Store::rows(Family family, std::string_view prefix,
                                         std::string_view from) const {
  std::unique_ptr<Rows> rows(new Rows());
  if (handle(family) == nullptr) {
    rows->rows_.reset(rocksdb::NewEmptyIterator());
    return rows;
  }
  rows->range_ = std::make_unique<Rows::Range>(prefix, end_of(prefix));
  rocksdb::ReadOptions options;
  // Prefixes of a device's inbox use the bloom filter; shorter ones must look everywhere.
  if (family == Family::inbox && prefix.size() >= inbox_prefix_bytes) {
    options.prefix_same_as_start = true;
  } else {
    options.total_order_seek = true;
  }
  if (!rows->range_->end.empty()) options.iterate_upper_bound = &rows->range_->end_slice;
  rows->rows_.reset(db_->NewIterator(options, handle(family)));
  rows->rows_->Seek(slice(from.empty() ? prefix : from));
  return rows;
}

std::unique_ptr<Store::Rows> Store::rows_backwards(Family family, std::string_view prefix,
                                                   std::string_view end) const {
  std::unique_ptr<Rows> rows(new Rows());
  rows->backwards_ = true;
  rows->range_ = std::make_unique<Rows::Range>(prefix, std::string(end));
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.iterate_lower_bound = &rows->range_->begin_slice;
  options.iterate_upper_bound = &rows->range_->end_slice;
  rows->rows_.reset(db_->NewIterator(options, handle(family)));
  rows->rows_->SeekToLast();
  return rows;
}

absl::StatusOr<cluster::Position> Store::persisted_position() const {
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kPersistedTier;
  std::string value;
  const auto status = db_->Get(options, handle(Family::meta), slice(state_key), &value);
  if (status.IsNotFound()) return cluster::Position{0};
  if (!status.ok()) return translate(status, folder_);
  const auto state = StoreState::parse(value);
  return state ? state->position : cluster::Position{0};
}

absl::Status Store::flush(bool wait) {
  if (auto status = repair(); !status.ok()) return status;
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;
  return translate(db_->Flush(options, handles_), folder_);
}

absl::Status Store::repair() const { return translate(db_->Resume(), folder_); }

absl::Status Store::checkpoint(const std::string& folder) const {
  if (auto status = repair(); !status.ok()) return status;
  rocksdb::Checkpoint* made = nullptr;
  if (auto status = rocksdb::Checkpoint::Create(db_.get(), &made); !status.ok()) {
    return translate(status, folder_);
  }
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // 0: flush whatever there is, since there is no write-ahead log to copy.
  return translate(checkpoint->CreateCheckpoint(folder, /*log_size_for_flush=*/0), folder_);
}

absl::Status Store::verify_checksums() const {
  return translate(db_->VerifyChecksum(rocksdb::ReadOptions()), folder_);
}

}  // namespace tocsin::storage
