// BookKinds: the sets that the books of a message consist of, and what must hold between them. A
// new kind of set is a line here.
//
// Thread: constants.
#pragma once

#include <array>
#include <string_view>

#include "storage/store/keys.h"

namespace tocsin::storage {

enum class BookRole {
  whole,         // whom the message is meant for
  end,           // what became of it on a device: one of these, or still pending
  of_delivered,  // a part of the delivered
  of_targeted,   // a part of those it is meant for
};

struct BookKind {
  BookSet set;
  std::string_view name;
  BookRole role;
};

inline constexpr std::array book_kinds = {
    BookKind{BookSet::targeted, "targeted", BookRole::whole},
    BookKind{BookSet::delivered, "delivered", BookRole::end},
    BookKind{BookSet::opened, "opened", BookRole::of_delivered},
    BookKind{BookSet::dropped, "dropped", BookRole::end},
    BookKind{BookSet::replaced, "replaced", BookRole::end},
    BookKind{BookSet::recalled, "recalled", BookRole::end},
    BookKind{BookSet::deleted, "deleted", BookRole::end},
    BookKind{BookSet::released, "released", BookRole::of_targeted},
    BookKind{BookSet::stopped, "stopped", BookRole::end},
    BookKind{BookSet::capped, "capped", BookRole::end},
};

}  // namespace tocsin::storage
