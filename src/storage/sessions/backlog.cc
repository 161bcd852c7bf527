#include "storage/sessions/backlog.h"

#include <optional>

#include "storage/store/expiry.h"

namespace tocsin::storage {
namespace {

// The device's inbox rows that are to be sent, one ahead.
class InboxSide {
 public:
  InboxSide(const BacklogQuery& query, const Messages& messages, Inbox::Cursor rows)
      : query_(query), messages_(messages), rows_(std::move(rows)) {}

  const std::optional<MessageOrder>& head() const { return head_; }

  absl::Status advance() {
    head_.reset();
    for (;;) {
      auto item = rows_.next();
      if (!item.ok()) return item.status();
      if (!item->has_value()) return absl::OkStatus();
      const auto& [order, row] = **item;
      if (row.expires_at_ms <= query_.now_ms || query_.skip(order.message)) continue;
      app_ = row.app;
      head_ = order;
      return absl::OkStatus();
    }
  }

  // nullptr for one that must not be sent: now or never, or its message is gone.
  absl::StatusOr<cluster::SharedEnvelope> envelope() const {
    auto found = messages_.envelope(app_, head_->message);
    if (!found.ok() || *found == nullptr) return found;
    const bool sendable =
        is_worth_sending((*found)->accepted_at_ms, (*found)->expires_at_ms, query_.now_ms);
    return sendable ? found : cluster::SharedEnvelope();
  }

 private:
  const BacklogQuery& query_;
  const Messages& messages_;
  Inbox::Cursor rows_;
  AppId app_;
  std::optional<MessageOrder> head_;
};

// The live casts that are to be sent to the device, one ahead.
class CastSide {
 public:
  CastSide(const BacklogQuery& query, const LiveCasts::OfApp& casts, const TraitNames& names)
      : query_(query), names_(names), at_(casts.begin()), end_(casts.end()) {
    find_next();
  }

  const LiveCast* head() const { return at_ == end_ ? nullptr : &at_->second; }
  MessageOrder order() const { return at_->first; }
  const cluster::SharedEnvelope& envelope() const {
    const LiveCast& cast = at_->second;
    return cast.conditions ? cast.conditions->envelope_for(query_.traits) : cast.envelope;
  }
  void advance() {
    ++at_;
    find_next();
  }

 private:
  void find_next() {
    while (at_ != end_ && !is_for_device(at_->first, at_->second)) ++at_;
  }
  bool is_for_device(MessageOrder order, const LiveCast& cast) const {
    if (!cast.is_pending_for(query_.device)) return false;
    if (cast.conditions && !cast.conditions->allow(query_.traits, query_.now_ms, names_))
      return false;
    if (order.lane == alert_lane && cast.position > query_.alerts_as_of) return false;
    return is_worth_sending(cast.envelope->accepted_at_ms, cast.envelope->expires_at_ms,
                            query_.now_ms) &&
           !query_.skip(order.message);
  }

  const BacklogQuery& query_;
  const TraitNames& names_;
  LiveCasts::OfApp::const_iterator at_;
  LiveCasts::OfApp::const_iterator end_;
};

}  // namespace

absl::StatusOr<BacklogPart> Backlog::read(const BacklogQuery& query) const {
  BacklogPart part;
  InboxSide inbox(query, messages_, inbox_.of(query.device));
  if (auto status = inbox.advance(); !status.ok()) return status;
  CastSide casts(query, live_casts_.of(query.app), names_);
  for (;;) {
    const bool any_cast = casts.head() != nullptr;
    if (!inbox.head() && !any_cast) return part;
    if (part.envelopes.size() >= query.room) {
      part.more = true;
      return part;
    }
    if (any_cast && (!inbox.head() || casts.order() < *inbox.head())) {
      part.envelopes.push_back(casts.envelope());
      casts.advance();
      continue;
    }
    auto envelope = inbox.envelope();
    if (!envelope.ok()) return envelope.status();
    if (*envelope) part.envelopes.push_back(*std::move(envelope));
    if (auto status = inbox.advance(); !status.ok()) return status;
  }
}

}  // namespace tocsin::storage
