#include "drill/worker_protocol.h"

#include <algorithm>

#include "base/check.h"

namespace tocsin::drill {
namespace {

using wire::Code;

constexpr size_t length_bytes = 4;

// Appends fields; the same field lists below drive Writer and Reader, so they cannot differ.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  template <typename Integer>
  void integer(const Integer& value) {
    for (size_t i = 0; i < sizeof(Integer); ++i) {
      out_.push_back(static_cast<uint8_t>(uint64_t{value} >> (8 * i)));
    }
  }
  void truth(const bool& value) { out_.push_back(value ? 1 : 0); }
  void text(const std::string& value) {
    integer(static_cast<uint32_t>(value.size()));
    append(out_, as_bytes(value));
  }
  void bytes(ByteView value) { append(out_, value); }
  template <typename Item, typename Visit>
  void list(const std::vector<Item>& items, Visit&& visit) {
    integer(static_cast<uint32_t>(items.size()));
    for (const Item& item : items) visit(item);
  }

 private:
  Bytes& out_;
};

// Takes fields from the front; `good()` turns false at the first that is cut short or not legal.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  template <typename Integer>
  void integer(Integer& value) {
    const ByteView field = take(sizeof(Integer));
    uint64_t wide = 0;
    for (size_t i = 0; i < field.size(); ++i) wide |= uint64_t{field[i]} << (8 * i);
    value = static_cast<Integer>(wide);
  }
  void truth(bool& value) {
    uint8_t byte = 0;
    integer(byte);
    if (byte > 1) good_ = false;
    value = byte == 1;
  }
  void text(std::string& value) {
    uint32_t size = 0;
    integer(size);
    value = as_text(take(size));
  }
  void bytes(MutableBytes value) {
    const ByteView field = take(value.size());
    std::copy(field.begin(), field.end(), value.begin());
  }
  // Ends at the first item that is not whole, so a length that lies takes no memory.
  template <typename Item, typename Visit>
  void list(std::vector<Item>& items, Visit&& visit) {
    uint32_t size = 0;
    integer(size);
    items.clear();
    for (uint32_t i = 0; i < size && good_; ++i) visit(items.emplace_back());
  }
  bool good() const { return good_; }
  bool at_end() const { return in_.empty(); }

 private:
  // Empty when there are fewer than `size` left.
  ByteView take(size_t size) {
    if (!good_ || in_.size() < size) {
      good_ = false;
      return {};
    }
    const ByteView taken = in_.first(size);
    in_ = in_.subspan(size);
    return taken;
  }

  ByteView in_;
  bool good_ = true;
};

template <typename Fields, typename GatewayLike>
void visit_gateway(Fields& fields, GatewayLike& gateway) {
  fields.integer(gateway.devices);
  fields.text(gateway.address);
  fields.integer(gateway.port);
  fields.text(gateway.server_name);
  fields.text(gateway.ca_pem);
  fields.bytes(gateway.registration_key);
}

template <typename Fields, typename PlanLike>
void visit_plan(Fields& fields, PlanLike& plan) {
  fields.integer(plan.first_device);
  fields.integer(plan.devices);
  fields.integer(plan.fleet_devices);
  fields.integer(plan.rounds);
  fields.integer(plan.handshakes);
  fields.integer(plan.heartbeat_s);
  fields.integer(plan.stuck_percent);
  fields.integer(plan.resume_percent);
  fields.truth(plan.spread_sources);
  fields.integer(plan.seed);
  fields.text(plan.app);
  fields.text(plan.mark);
  fields.list(plan.gateways, [&](auto& gateway) { visit_gateway(fields, gateway); });
}

template <typename Fields, typename StatusLike>
void visit_status(Fields& fields, StatusLike& status) {
  fields.integer(status.live);
  fields.integer(status.given_up);
  fields.integer(status.armed_round);
  fields.integer(status.got_armed);
  fields.integer(status.handshakes);
  fields.integer(status.failures);
  fields.integer(status.reconnects);
  fields.text(status.last_failure);
  fields.integer(status.stuck_unread_bytes);
  fields.integer(status.resumed);
}

template <typename Fields>
struct Visitor {
  Fields& fields;
  template <typename T>
  void operator()(T& message) {
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Plain, Plan>) visit_plan(fields, message);
    if constexpr (std::is_same_v<Plain, Arm>) fields.integer(message.round);
    if constexpr (std::is_same_v<Plain, Status>) visit_status(fields, message);
    if constexpr (std::is_same_v<Plain, Failed>) fields.text(message.reason);
  }
};

// The type byte is the message's place in the variant.
bool make_message(uint8_t type, WorkerMessage& message) {
  switch (type) {
    case 0:
      message = Plan{};
      return true;
    case 1:
      message = Arm{};
      return true;
    case 2:
      message = Stop{};
      return true;
    case 3:
      message = Status{};
      return true;
    case 4:
      message = Failed{};
      return true;
    default:
      return false;
  }
}

}  // namespace

void append_worker_message(const WorkerMessage& message, Bytes& out) {
  const size_t start = out.size();
  out.resize(start + length_bytes);
  out.push_back(static_cast<uint8_t>(message.index()));
  Writer writer(out);
  std::visit(Visitor<Writer>{writer}, message);
  const size_t length = out.size() - start - length_bytes;
  TOCSIN_CHECK(length <= worker_message_bytes_max);
  for (size_t i = 0; i < length_bytes; ++i) {
    out[start + i] = static_cast<uint8_t>(length >> (8 * i));
  }
}

Code read_worker_message(ByteView in, WorkerMessage& message, size_t& used) {
  if (in.size() < length_bytes) return Code::incomplete;
  uint32_t length = 0;
  Reader head(in);
  head.integer(length);
  if (length > worker_message_bytes_max) return Code::too_large;
  if (length == 0) return Code::malformed;
  if (in.size() < length_bytes + length) return Code::incomplete;
  if (!make_message(in[length_bytes], message)) return Code::malformed;
  Reader reader(in.subspan(length_bytes + 1, length - 1));
  std::visit(Visitor<Reader>{reader}, message);
  if (!reader.good() || !reader.at_end()) return Code::malformed;
  used = length_bytes + length;
  return Code::ok;
}

}  // namespace tocsin::drill
