/**
 * Longest expression of pcap-filter(7), in bytes of UTF-8. libpcap takes longer ones too, but its optimizer goes so deep into some of 64 KiB that the
 * stack of the thread overflows, which ends the process; 4 KiB take it 3 s at worst.
 */
export const MAX_FILTER_SIZE = 4096;
