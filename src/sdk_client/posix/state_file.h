// StateFile: the state blob of a client in a file, replaced all or nothing.
//
// A save writes FILE.tmp, syncs it and renames it over FILE, so a power cut leaves the old state or
// the new one. The file contains the device's secret: only its owner can read it (0600). FILE.lock
// is locked while this object lives, because two programs with one identity throw each other out.
//
// Thread: one owner.
// Bound: paths of at most path_bytes_max.
#pragma once

#include "base/bytes.h"
#include "sdk_client/include/tocsin_client.h"
#include "sdk_client/posix/error_text.h"

namespace tocsin::sdk_client {

class StateFile {
 public:
  StateFile() = default;
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // Use this file from now on; it need not exist, its folder must. TOCSIN_INVALID, TOCSIN_FAILED.
  // Called once, before the rest.
  tocsin_status open(const char* path, ErrorText& error);
  bool is_open() const { return lock_fd_ >= 0; }

  tocsin_status save(ByteView blob, ErrorText& error);
  // TOCSIN_NOT_FOUND, TOCSIN_NO_ROOM, TOCSIN_FAILED.
  tocsin_status load(MutableBytes blob, size_t& size, ErrorText& error);

 private:
  static constexpr size_t path_bytes_max = 1024;

  char path_[path_bytes_max] = "";
  char temporary_[path_bytes_max + 8] = "";
  int lock_fd_ = -1;
};

}  // namespace tocsin::sdk_client
