#include "drill/arrival_book.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <absl/status/status.h>

#include "base/check.h"

namespace tocsin::drill {
namespace {

absl::StatusOr<ArrivalBook::Cell*> map_cells(int fd, size_t bytes) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) {
    return absl::ResourceExhaustedError(
        fmt::format("cannot map {} bytes for the results: {}", bytes, strerror(errno)));
  }
  return static_cast<ArrivalBook::Cell*>(mapped);
}

}  // namespace

absl::StatusOr<ArrivalBook> ArrivalBook::create(size_t devices, size_t rounds) {
  TOCSIN_CHECK(devices > 0 && rounds > 0);
  const size_t bytes = devices * rounds * sizeof(Cell);
  if (bytes > book_bytes_max) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} devices x {} rounds need {} bytes of results, at most {}: take fewer rounds", devices,
        rounds, bytes, book_bytes_max));
  }
  const int fd = memfd_create("tocsin-drill", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return absl::ResourceExhaustedError(
        fmt::format("cannot get memory for the results: {}", strerror(error)));
  }
  return open(fd, devices, rounds);
}

absl::StatusOr<ArrivalBook> ArrivalBook::open(int fd, size_t devices, size_t rounds) {
  const size_t bytes = devices * rounds * sizeof(Cell);
  struct stat status {};
  if (fstat(fd, &status) != 0 || static_cast<size_t>(status.st_size) != bytes || bytes == 0) {
    ::close(fd);
    return absl::InvalidArgumentError("the results' descriptor is not a book of this size");
  }
  const absl::StatusOr<Cell*> cells = map_cells(fd, bytes);
  if (!cells.ok()) {
    ::close(fd);
    return cells.status();
  }
  return ArrivalBook(fd, *cells, devices, rounds);
}

ArrivalBook::ArrivalBook(int fd, Cell* cells, size_t devices, size_t rounds)
    : fd_(fd), cells_(cells), devices_(devices), rounds_(rounds) {}

ArrivalBook::ArrivalBook(ArrivalBook&& from) noexcept { *this = std::move(from); }

ArrivalBook& ArrivalBook::operator=(ArrivalBook&& from) noexcept {
  std::swap(fd_, from.fd_);
  std::swap(cells_, from.cells_);
  std::swap(devices_, from.devices_);
  std::swap(rounds_, from.rounds_);
  return *this;
}

ArrivalBook::~ArrivalBook() {
  if (cells_ != nullptr) munmap(cells_, bytes());
  if (fd_ >= 0) ::close(fd_);
}

ArrivalBook::Cell& ArrivalBook::at(size_t round, size_t device) const {
  TOCSIN_CHECK(round < rounds_ && device < devices_);
  return cells_[round * devices_ + device];
}

}  // namespace tocsin::drill
