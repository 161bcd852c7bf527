// The parts of Boost.JSON that are not templates, which are made once in a program. So there is
// nothing to link with.
#include <boost/json/src.hpp>
