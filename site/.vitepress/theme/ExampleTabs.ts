import { defineComponent, h, ref, type PropType } from 'vue';

/** Tabs, as the ARIA patterns have them; both panels are in the page, so that search and printing find them. */
export const ExampleTabs = defineComponent({
  props: { names: { type: String as PropType<string>, required: true } },
  setup({ names }, { slots }) {
    const titles = names.split(',');
    const current = ref(0);
    const id = (part: string, index: number) => `example-${part}-${index}`;
    const go = (event: KeyboardEvent) => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      current.value = (current.value + step + titles.length) % titles.length;
      document.getElementById(id('tab', current.value))?.focus();
    };
    return () =>
      h('div', { class: 'example-tabs' }, [
        h(
          'div',
          { role: 'tablist', 'aria-label': 'Examples', onKeydown: go },
          titles.map((title, index) =>
            h(
              'button',
              {
                type: 'button',
                role: 'tab',
                id: id('tab', index),
                class: title.toLowerCase(),
                'aria-selected': String(index === current.value),
                'aria-controls': id('panel', index),
                tabindex: index === current.value ? 0 : -1,
                onClick: () => (current.value = index),
              },
              title,
            ),
          ),
        ),
        titles.map((_, index) =>
          h(
            'div',
            {
              role: 'tabpanel',
              id: id('panel', index),
              'aria-labelledby': id('tab', index),
              tabindex: 0,
              hidden: index !== current.value,
            },
            slots[`tab${index}`]?.(),
          ),
        ),
      ]);
  },
});
